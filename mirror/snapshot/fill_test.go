package snapshot

import (
	"testing"

	"statsmirror/store"
)

// TestNullRowsDoNotGoOn has levels that no writer produces: three nulls in one row.
func TestNullRowsDoNotGoOn(t *testing.T) {
	t.Parallel()
	var to store.ValidationScores
	f := &filler{iterations: []int64{1}, none: []bool{true}, to: &to, row: -1}
	if err := f.fill(floats{nil, []byte{scoresNull, scoresNull, scoresNull}}, []byte{0, 1, 2}); err == nil {
		t.Errorf("%d rows of scores for %d iterations", to.Scores.Len(), to.Iteration.Len())
	}
}
