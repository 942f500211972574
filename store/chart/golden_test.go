package chart

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/store/column"
)

var update = flag.Bool("update", false, "write the golden files")

// charts returns the charts of the golden files.
func charts() map[string]Chart {
	return map[string]Chart{"runs": runs(), "odd": odd(), "log-log": logLog(), "many": many(), "crowd": crowd()}
}

// runs returns two smoothed losses, where one series leaves the other, and scores.
func runs() Chart {
	loss := Panel{Title: "Training", Y: Axis{Label: "loss", Log: true}}
	scores := Panel{Title: "Validation, dataset 0", Y: Axis{Label: "criterion 0"}}
	for style := range 2 {
		var x column.Blocks[int64]
		var y column.Floats
		for i := range 20_000 {
			x.Append(int64(i))
			noise := float64(i*7919%101) / 101 // without a generator, so that it never changes
			y.Append((1 + noise) * math.Exp(-float64(i)/6000*(1+float64(style*max(0, i-5000))/10_000)))
		}
		s := Series{Name: []string{"cells, generation 1", "cells, generation 2"}[style], Style: style}
		s.Points, s.Marks = Smooth(x, y, 200)
		if style == 1 {
			s.Marks = append(s.Marks, Mark{Kind: Left, X: 5000, Text: "leaves generation 1 at 5000"})
		}
		loss.Series = append(loss.Series, s)
	}
	s := Series{Name: "cells, generation 2", Style: 1, Dots: true, Marks: []Mark{{Kind: Best, X: 16_000, Y: 0.9, Text: "best 0.9 at 16000"}}}
	for i, v := range []float64{0.5, 0.7, 0.8, 0.9, 0.89} {
		s.Points = append(s.Points, Point{float64(i+1) * 4000, v, v, v})
	}
	scores.Series = []Series{s}
	return Chart{Axis{Label: "iteration"}, []Panel{loss, scores}}
}

// odd returns values that a line cannot show, a name that is too long, and letters that few fonts
// have.
func odd() Chart {
	values := map[int]float64{20: math.NaN(), 21: math.NaN(), 40: math.Inf(1), 60: math.Inf(-1), 80: 0, 81: -1}
	var x column.Blocks[int64]
	var y column.Floats
	for i := range 100 {
		v, special := values[i]
		if !special {
			v = 1 + math.Sin(float64(i)/10)/2
		}
		x.Append(int64(i))
		y.Append(v)
	}
	s := Series{Name: "細胞 " + string(bytes.Repeat([]byte("long-"), 30))}
	s.Points, s.Marks = Smooth(x, y, 1)
	lonely := Series{Name: "one point", Style: 1, Points: []Point{{50, 1, 1, 1}}}
	return Chart{Axis{Label: "iteration"}, []Panel{{"Training", Axis{Label: "loss", Log: true}, []Series{s, lonely}}}}
}

// logLog returns cost against size.
func logLog() Chart {
	s := Series{Name: "merge", Style: 2, Dots: true}
	for size := 1.0; size <= 1e6; size *= 10 {
		cost := 1e-7 * size * (1 + 50/size)
		s.Points = append(s.Points, Point{size, cost, cost / 2, cost * 2})
	}
	return Chart{Axis{Label: "rows", Log: true}, []Panel{{"Cost", Axis{Label: "time [s]", Log: true}, []Series{s}}}}
}

// curve returns a loss that goes down to a floor.
func curve(n, rows int) Series {
	s := Series{Name: fmt.Sprintf("cells-unet-%03d", n), Style: n}
	for i := range rows {
		y := math.Exp(-float64(i)/30) + 0.01*float64(n+1) + 0.002*float64(i*7919%11)
		s.Points = append(s.Points, Point{float64(i * 100), y, y, y})
	}
	return s
}

// many returns as many losses as lines can be told apart.
func many() Chart {
	panel := Panel{Title: "Training", Y: Axis{Label: "loss", Log: true}}
	for n := range 12 {
		panel.Series = append(panel.Series, curve(n, 100))
	}
	panel.Series[3].Name += "-with-a-long-name-of-which-the-end-tells-the-seed-17"
	return Chart{Axis{Label: "iteration"}, []Panel{panel}}
}

// crowd returns quantiles of 40 losses, half of them shorter, with two losses on top.
func crowd() Chart {
	panel := Panel{Title: "Training", Y: Axis{Label: "loss", Log: true}}
	var all []Series
	for n := range 40 {
		all = append(all, curve(n, 60+40*(n%2)))
	}
	all[5].Marks = []Mark{{Kind: NaN, X: 4000, Rows: 3}}
	panel.Series, _ = Quantiles(all, panel.Y)
	for n, at := range []int{0, 31} {
		all[at].Style = Coloured(n)
		panel.Series = append(panel.Series, all[at])
	}
	return Chart{Axis{Label: "iteration"}, []Panel{panel}}
}

func TestGoldenText(t *testing.T) {
	t.Parallel()
	for name, c := range charts() {
		var got bytes.Buffer
		if err := WriteText(&got, c, Text{}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".txt")
		if diff := cmp.Diff(string(golden(t, path, got.Bytes())), got.String()); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestGoldenPictures(t *testing.T) {
	t.Parallel()
	for name, c := range charts() {
		var got bytes.Buffer
		if err := WritePicture(&got, c, Picture{Format: "png", Width: 6, DPI: 72}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".png")
		if off := difference(t, golden(t, path, got.Bytes()), got.Bytes()); off > 0.0002 {
			t.Errorf("%.3f %% of the pixels of %s differ", 100*off, path)
		}
	}
}

// golden returns the content of a golden file. With -update it writes got there first.
func golden(t *testing.T, path string, got []byte) []byte {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// difference returns the fraction of the pixels of two PNGs that differ visibly.
func difference(t *testing.T, a, b []byte) float64 {
	t.Helper()
	decode := func(content []byte) image.Image {
		i, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	want, got := decode(a), decode(b)
	if want.Bounds() != got.Bounds() {
		t.Fatalf("the picture is %v, want %v", got.Bounds(), want.Bounds())
	}
	size := want.Bounds().Size()
	differ := 0
	for y := range size.Y {
		for x := range size.X {
			if !near(want, got, x, y) {
				differ++
			}
		}
	}
	return float64(differ) / float64(size.X*size.Y)
}

// near allows for rounding at the edge of a line.
func near(a, b image.Image, x, y int) bool {
	const tolerance = 0x2000
	ar, ag, ab, _ := a.At(x, y).RGBA()
	br, bg, bb, _ := b.At(x, y).RGBA()
	return abs(int(ar)-int(br)) <= tolerance && abs(int(ag)-int(bg)) <= tolerance && abs(int(ab)-int(bb)) <= tolerance
}
