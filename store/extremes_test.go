package store_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"statsmirror/store"
)

func TestExtremesAreTheFirstFiniteScores(t *testing.T) {
	t.Parallel()
	var s store.ValidationScores
	for i, row := range [][]float64{{0.5, 0.25}, {math.NaN(), math.Inf(1)}, {0.25, 0.75}} {
		s.Iteration.Append(int64(100 * (i + 1)))
		s.Scores.BeginRow()
		for dataset := range 2 {
			s.Scores.BeginOuter()
			for _, v := range row {
				if dataset == 1 {
					v = math.NaN()
				}
				s.Scores.BeginMiddle()
				s.Scores.AppendValues([]float64{v})
			}
		}
	}
	none := store.Score{Score: math.NaN()}
	want := []store.Extremes{
		{Lowest: store.Score{Score: 0.25, Iteration: 100, Parameters: 1}, Highest: store.Score{Score: 0.75, Iteration: 300, Parameters: 1}, NotFinite: 2},
		{Dataset: 1, Lowest: none, Highest: none, NotFinite: 6},
	}
	if diff := cmp.Diff(want, s.Extremes(), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
}
