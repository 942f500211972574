package snapshot

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

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

// TestLevelsThatContinueNothing has levels that no writer produces: a value continues a list that
// the row does not have.
func TestLevelsThatContinueNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ levels, repetitions []byte }{
		{[]byte{valueThere}, []byte{1}},
		{[]byte{valueThere}, []byte{3}},
		{[]byte{scoresNull, valueThere}, []byte{0, 3}},
		{[]byte{outerEmpty, valueThere}, []byte{0, 2}},
		{[]byte{valueThere, scoresNull, valueThere}, []byte{0, 0, 3}},
		{[]byte{valueThere, outerEmpty}, []byte{0, 1}},
	} {
		if err := fillOf(c.levels, c.repetitions, &store.ValidationScores{}); err == nil {
			t.Errorf("levels %v, repetitions %v are accepted", c.levels, c.repetitions)
		}
	}
}

// TestLevelsAreAccepted tries levels at random. Those that are accepted are those of their rows.
func TestLevelsAreAccepted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SliceOfN(rapid.ByteRange(scoresNull, valueThere), 1, 8).Draw(t, "levels")
		repetitions := rapid.SliceOfN(rapid.ByteRange(0, scoresLists), len(levels), len(levels)).Draw(t, "repetitions")
		var rows store.ValidationScores
		if fillOf(levels, repetitions, &rows) != nil {
			return
		}
		again := newTable(part{validation: rows, validatedTo: rows.Len()})
		if !bytes.Equal(again.scores.levels, levels) || !bytes.Equal(again.repetition, repetitions) {
			t.Errorf("levels %v, repetitions %v are read as %v, %v", levels, repetitions, again.scores.levels, again.repetition)
		}
	})
}

// fillOf adds rows to to that have a value wherever the levels say so, and are null otherwise.
func fillOf(levels, repetitions []byte, to *store.ValidationScores) error {
	rows := bytes.Count(repetitions, []byte{0})
	f := &filler{iterations: make([]int64, rows), none: slices.Repeat([]bool{true}, rows), to: to, row: -1}
	for i := range f.iterations {
		f.iterations[i] = int64(i)
	}
	values := make([]float64, bytes.Count(levels, []byte{valueThere}))
	if err := f.fill(floats{values, levels}, repetitions); err != nil {
		return err
	}
	return f.end()
}
