package chart

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	flat := func(y float64, xs ...float64) (s Series) {
		for _, x := range xs {
			s.Points = append(s.Points, Point{x, y, y, y})
		}
		return s
	}
	for name, c := range map[string]struct {
		all    []Series
		median []Point
		last   int
	}{
		"none":            {nil, nil, 0},
		"one":             {[]Series{flat(2, 0, 10)}, []Point{{0, 2, 2, 2}, {10, 2, 2, 2}}, 1},
		"between points":  {[]Series{flat(1, 0, 10), flat(3, 0, 5, 10)}, []Point{{0, 2, 2, 2}, {5, 2, 2, 2}, {10, 2, 2, 2}}, 2},
		"one ends":        {[]Series{flat(1, 0, 5), flat(3, 0, 5, 10)}, []Point{{0, 2, 2, 2}, {5, 2, 2, 2}, {10, 3, 3, 3}}, 1},
		"not finite":      {[]Series{flat(math.NaN(), 0), flat(math.Inf(1), 0), flat(7, 0)}, []Point{{0, 7, 7, 7}}, 1},
		"very near":       {[]Series{flat(1, 0, 1e6), flat(3, 1, 1e6)}, []Point{{0, 2, 2, 2}, {1e6, 2, 2, 2}}, 2},
		"a gap of a line": {[]Series{{Points: []Point{{X: 0, Y: 1}, {X: 5, Y: math.NaN()}, {X: 10, Y: 1}}}, flat(3, 0, 6, 10)}, []Point{{0, 2, 2, 2}, {6, 3, 3, 3}, {10, 2, 2, 2}}, 2},
	} {
		band, last := Quantiles(c.all, Axis{})
		if diff := cmp.Diff(c.median, band[0].Points); diff != "" || last != c.last {
			t.Errorf("%s: %d at the end, want %d; %s", name, last, c.last, diff)
		}
	}
}

func TestQuantilesOfAHundred(t *testing.T) {
	t.Parallel()
	var all []Series
	for n := range 101 {
		y := float64(n)
		all = append(all, Series{Points: []Point{{1, y, y, y}}, Marks: []Mark{{Kind: NaN, X: float64(n), Rows: 1}}})
	}
	band, _ := Quantiles(all, Axis{Log: true}) // which leaves out the 0
	want := []Point{{1, 50.5, 50.5, 50.5}, {1, 50.5, 25.75, 75.25}, {1, 50.5, 5.95, 95.05}}
	for i, s := range band {
		got := s.Points[0]
		for _, v := range []float64{got.X - want[i].X, got.Y - want[i].Y, got.Low - want[i].Low, got.High - want[i].High} {
			if math.Abs(v) > 1e-9 {
				t.Errorf("got %v, want %v", got, want[i])
			}
		}
	}
	if n := len(band[0].Marks); n != 101 {
		t.Errorf("the median has %d marks, want all", n)
	}
}

func TestStylesOnTopOfABandHaveColours(t *testing.T) {
	t.Parallel()
	type look struct {
		hue  hue
		dash string
	}
	looks := map[look]bool{}
	for n := range 12 {
		s := Series{Style: Coloured(n)}
		if s.hue() == hues[neutral] {
			t.Errorf("style %d is black, as the median", n)
		}
		looks[look{s.hue(), cmp.Diff(nil, s.dashes())}] = true
	}
	if len(looks) != 12 {
		t.Errorf("12 series have %d looks", len(looks))
	}
}
