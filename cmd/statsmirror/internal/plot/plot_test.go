package plot

import (
	"math"
	"testing"

	"statsmirror/store"
	"statsmirror/store/column"
)

func TestDivergence(t *testing.T) {
	t.Parallel()
	rows := func(first int64, losses ...float64) (s store.TrainingStats) {
		for i, v := range losses {
			s.Iteration.Append(first + int64(i))
			s.Loss.Append(v)
			s.Time.Append(1)
		}
		return s
	}
	old := rows(0, 5, 4, 3, 2)
	for name, c := range map[string]struct {
		young store.TrainingStats
		at    int64
		ok    bool
	}{
		"in the middle":    {rows(0, 5, 4, 9, 8, 7), 2, true},
		"begins anew":      {rows(0, 6, 4, 3, 2), 0, true},
		"ends before":      {rows(0, 5, 4), 2, true},
		"the same":         {old, 0, false},
		"goes on":          {rows(0, 5, 4, 3, 2, 1), 0, false},
		"begins later":     {rows(2, 3, 2), 0, false},
		"scores but rows":  {store.TrainingStats{}, 0, false},
		"NaN is not the 2": {rows(0, 5, 4, 3, math.NaN()), 3, true},
	} {
		at, ok := divergence(old, c.young)
		if ok != c.ok || ok && at != c.at {
			t.Errorf("%s: got %d %v, want %d %v", name, at, ok, c.at, c.ok)
		}
	}
}

// TestBestScore has parameters without a score, or with a score that is not finite.
func TestBestScore(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		scores     []float64 // of one criterion, one for each parameter
		best       string
		want       float64
		parameters int
	}{
		"highest":            {[]float64{1, 3, 2}, "max", 3, 1},
		"lowest":             {[]float64{3, 1, 2}, "min", 1, 1},
		"the first of equal": {[]float64{2, 2}, "max", 2, 0},
		"not NaN":            {[]float64{nan, 1, nan}, "max", 1, 1},
		"not infinite":       {[]float64{inf, 1}, "max", 1, 1},
		"not -infinite":      {[]float64{-inf, 1}, "min", 1, 1},
		"NaN if need be":     {[]float64{nan, nan}, "max", nan, 0},
		"below 0":            {[]float64{-2, -1}, "max", -1, 1},
	} {
		var n column.Nested
		n.BeginRow()
		n.BeginOuter()
		for _, v := range c.scores {
			n.BeginMiddle()
			n.Append(v)
		}
		o := Options{Best: c.best}
		got, parameters, ok := o.bestOf(store.ValidationScores{Iteration: column.BlocksOf[int64](0), Scores: n}, 0, 0, 0)
		if same := got == c.want || math.IsNaN(got) && math.IsNaN(c.want); !same || parameters != c.parameters || !ok {
			t.Errorf("%s: got %v of parameters %d, want %v of %d", name, got, parameters, c.want, c.parameters)
		}
		if _, _, ok := o.bestOf(store.ValidationScores{Iteration: column.BlocksOf[int64](0), Scores: n}, 0, 1, 0); ok {
			t.Errorf("%s: a missing dataset has a score", name)
		}
	}
}
