package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"statsmirror/store/column"
)

// TestAnythingIsDrawn draws arbitrary numbers in arbitrary sizes.
func TestAnythingIsDrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.MaxFloat64, -math.MaxFloat64, 5e-324}))
		point := rapid.Custom(func(t *rapid.T) Point {
			return Point{value.Draw(t, "x"), value.Draw(t, "y"), value.Draw(t, "low"), value.Draw(t, "high")}
		})
		mark := rapid.Custom(func(t *rapid.T) Mark {
			return Mark{Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), value.Draw(t, "x"), value.Draw(t, "y"), 1, "text"}
		})
		axis := func(label string) Axis { return Axis{label, rapid.Bool().Draw(t, label)} }
		s := Series{
			rapid.String().Draw(t, "name"), rapid.IntRange(0, 100).Draw(t, "style"),
			rapid.SliceOf(point).Draw(t, "points"), rapid.SliceOf(mark).Draw(t, "marks"), rapid.Bool().Draw(t, "dots"), Role(rapid.IntRange(0, int(Outer)).Draw(t, "role")),
		}
		c := Chart{axis("x"), []Panel{{"title", axis("y"), []Series{s, s}}}}
		size := Text{rapid.IntRange(0, 200).Draw(t, "width"), rapid.IntRange(0, 60).Draw(t, "height"), false}
		if err := WriteText(io.Discard, c, size); err != nil {
			t.Fatal(err)
		}
		if err := WritePicture(io.Discard, c, Picture{Width: 3}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTextFits(t *testing.T) {
	t.Parallel()
	for name, c := range charts() {
		for _, width := range []int{40, 80, 131} {
			var out bytes.Buffer
			if err := WriteText(&out, c, Text{Width: width, Height: 23, Colour: false}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if len(lines) > 23 {
				t.Errorf("%s takes %d lines, want 23", name, len(lines))
			}
			for _, line := range lines {
				if cells(line) > width {
					t.Errorf("%s: %d cells, want %d: %s", name, cells(line), width, line)
				}
			}
		}
	}
}

func TestColourOnlyOnRequest(t *testing.T) {
	t.Parallel()
	for _, colour := range []bool{false, true} {
		var out bytes.Buffer
		if err := WriteText(&out, runs(), Text{Colour: colour}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "\x1b["); got != colour {
			t.Errorf("colour is %v, want %v", got, colour)
		}
	}
}

// TestSVGOfAMillionRows checks that the SVG is well-formed, small, and names its content.
func TestSVGOfAMillionRows(t *testing.T) {
	t.Parallel()
	var x column.Blocks[int64]
	var y column.Floats
	for i := range 1_000_000 {
		x.Append(int64(i))
		y.Append(1 / float64(i+1))
	}
	s := Series{Name: `a <name> & "more"`}
	s.Points, s.Marks = Smooth(x, y, WindowRows(x.Len()))
	var out bytes.Buffer
	if err := WritePicture(&out, Chart{Axis{Label: "iteration"}, []Panel{{"Training", Axis{Label: "loss"}, []Series{s}}}}, Picture{Format: "svg"}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 200_000 {
		t.Errorf("the SVG has %d bytes", out.Len())
	}
	var text strings.Builder
	for d := xml.NewDecoder(&out); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if chars, ok := token.(xml.CharData); ok {
			text.Write(chars)
		}
	}
	for _, want := range []string{"Training", s.Name, "iteration", "loss", "400k"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the SVG lacks %s", want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, format := range Formats {
		var out bytes.Buffer
		if err := WritePicture(&out, odd(), Picture{Format: format}); err != nil {
			t.Fatal(err)
		}
		if begin := map[string]string{"svg": "<?xml", "png": "\x89PNG", "pdf": "%PDF"}[format]; !strings.HasPrefix(out.String(), begin) {
			t.Errorf("the %s begins with %.8q", format, out.String())
		}
	}
	if err := WritePicture(io.Discard, odd(), Picture{Format: "gif"}); err == nil {
		t.Error("a GIF was drawn")
	}
}

// TestLettersThatAPictureLacks checks that such letters are escaped, not dropped.
func TestLettersThatAPictureLacks(t *testing.T) {
	t.Parallel()
	c := Chart{Panels: []Panel{{Series: []Series{{Name: "ёж 細 ±"}}}}}
	for format, want := range map[string]string{"svg": "ёж 細 ±", "png": `ёж \u7d30 ±`, "pdf": `\u0451\u0436 \u7d30 ±`} {
		if got := (Picture{Format: format}).spelled(c).Panels[0].Series[0].Name; got != want {
			t.Errorf("%s: got %s, want %s", format, got, want)
		}
	}
}

func TestDarkPictureHasLightLetters(t *testing.T) {
	t.Parallel()
	chart := logLog()
	chart.Panels[0].Series[0].Style = 6 // black
	var out bytes.Buffer
	if err := WritePicture(&out, chart, Picture{Dark: true}); err != nil {
		t.Fatal(err)
	}
	if drawn := out.String(); strings.Contains(drawn, "#000000") || strings.Contains(drawn, "#E4E4E4") || !strings.Contains(drawn, "#E6E6E6") {
		t.Error("letters or lines are dark")
	}
	out.Reset()
	if err := WritePicture(&out, odd(), Picture{Format: "png", Dark: true}); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, alpha := picture.At(0, 0).RGBA(); alpha != 0 {
		t.Errorf("the background has alpha %d", alpha)
	}
}

// TestLetterIsTheSameInEachPanel has a second panel without the first line.
func TestLetterIsTheSameInEachPanel(t *testing.T) {
	t.Parallel()
	lines := []Series{curve(0, 9), curve(1, 9), curve(2, 9)}
	var out bytes.Buffer
	if err := WriteText(&out, Chart{Panels: []Panel{{Series: lines}, {Series: lines[1:]}}}, Text{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "⠒c⠒ cells-unet-002"); n != 2 {
		t.Errorf("the legends have the letter %d times:\n%s", n, out.String())
	}
}
