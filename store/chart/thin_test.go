package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestThinKeepsTheExtremesOfEachColumn(t *testing.T) {
	t.Parallel()
	line := []Point{
		{0, 0.5, 0.4, 0.6},
		{0.1, 0.9, 0.8, 1},
		{0.2, 0.3, 0.3, 0.3},
		{0.3, 0.1, 0, 0.2},
		{0.4, 0.2, 0.2, 0.2},
		{0.5, 0.5, 0.5, 0.5},
		{1, 0.7, 0.7, 0.7},
	}
	want := []Point{
		{0, 0.5, 0, 1},
		{0.1, 0.9, 0, 1},
		{0.3, 0.1, 0, 1},
		{0.5, 0.5, 0.5, 0.5},
		{1, 0.7, 0.7, 0.7},
	}
	if diff := cmp.Diff(want, thin(line, 2)); diff != "" {
		t.Error(diff)
	}
}

func TestThinKeepsTheRange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var line []Point
		var all, kept span
		n := rapid.IntRange(1, 500).Draw(t, "points")
		for i := range n {
			y := rapid.Float64Range(0, 1).Draw(t, "y")
			line = append(line, Point{float64(i) / float64(n), y, y, y})
			all.include(y)
		}
		columns := rapid.IntRange(1, 50).Draw(t, "columns")
		thinned := thin(line, columns)
		for _, p := range thinned {
			kept.include(p.Y)
		}
		if all != kept || len(thinned) > len(line) && len(thinned) > 2*columns+2 {
			t.Errorf("%d points of %v became %d of %v", len(line), all, len(thinned), kept)
		}
	})
}
