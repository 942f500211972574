package store_test

import (
	"math"
	"slices"
	"testing"

	"statsmirror/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A row is an iteration and a value, by which the tests identify rows.
type row struct {
	iteration int64
	value     int
}

// training and validation make rows of either kind that carry the same values.
func training(rows ...row) store.TrainingStats {
	var s store.TrainingStats
	for _, r := range rows {
		s.Iteration.Append(r.iteration)
		if r.value < 0 {
			s.Loss.AppendNull()
		} else {
			s.Loss.Append(float64(r.value))
		}
		s.Time.Append(0.5)
	}
	return s
}

func validation(rows ...row) store.ValidationScores {
	var s store.ValidationScores
	for _, r := range rows {
		s.Iteration.Append(r.iteration)
		if r.value < 0 {
			s.Scores.AppendNull()
			continue
		}
		s.Scores.BeginRow()
		for range r.value % 3 { // a different shape for each value
			s.Scores.BeginOuter()
		}
		s.Scores.BeginOuter()
		s.Scores.BeginMiddle()
		s.Scores.Append(float64(r.value))
	}
	return s
}

func trainingRows(s store.TrainingStats) []row {
	var rows []row
	for i, n := range s.Iteration.All() {
		value := int(s.Loss.At(i))
		if s.Loss.IsNull(i) {
			value = -1
		}
		rows = append(rows, row{n, value})
	}
	return rows
}

func validationRows(s store.ValidationScores) []row {
	var rows []row
	for i, n := range s.Iteration.All() {
		value := -1
		if !s.Scores.IsNull(i) {
			value = int(s.Scores.Values.At(s.Scores.Inner.At(s.Scores.Middle.At(s.Scores.Outer.At(i+1) - 1))))
		}
		rows = append(rows, row{n, value})
	}
	return rows
}

// normalised is the simplest possible normalisation, to compare with.
func normalised(rows []row) []row {
	last := map[int64]int{}
	for _, r := range rows {
		last[r.iteration] = r.value
	}
	var normal []row
	for n, v := range last {
		normal = append(normal, row{n, v})
	}
	slices.SortFunc(normal, func(a, b row) int { return int(a.iteration - b.iteration) })
	return normal
}

func anyRows(highest int64) *rapid.Generator[[]row] {
	one := rapid.Custom(func(t *rapid.T) row {
		return row{rapid.Int64Range(-2, highest).Draw(t, "iteration"), rapid.IntRange(-1, 2).Draw(t, "value")}
	})
	return rapid.SliceOfN(one, 0, 12)
}

var compareRows = cmp.AllowUnexported(row{})

func TestNormalise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(8).Draw(t, "rows")
		want := normalised(rows)
		if diff := cmp.Diff(want, trainingRows(store.Normalise(training(rows...))), compareRows); diff != "" {
			t.Error("training", diff)
		}
		if diff := cmp.Diff(want, validationRows(store.Normalise(validation(rows...))), compareRows); diff != "" {
			t.Error("validation", diff)
		}
	})
}

func TestNormaliseReturnsNormalRowsThemselves(t *testing.T) {
	t.Parallel()
	rows := training(row{-1, 0}, row{3, 1}, row{4, 2})
	if got := store.Normalise(rows); &got.Iteration.Stretch(0, 1)[0] != &rows.Iteration.Stretch(0, 1)[0] {
		t.Error("normal rows were copied")
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows []row
		want int64
	}{
		{nil, 0},
		{[]row{{0, 0}}, 1},
		{[]row{{-5, 0}}, -4},
		{[]row{{7, 0}, {3, 0}}, 8},
		{[]row{{store.MaxIteration, 0}}, math.MaxInt64},
	} {
		if got := training(c.rows...).TrainedUntil(); got != c.want {
			t.Errorf("%v: trained until %d, want %d", c.rows, got, c.want)
		}
		if got := validation(c.rows...).ValidatedUntil(); got != c.want {
			t.Errorf("%v: validated until %d, want %d", c.rows, got, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows []row
		want []string
	}{
		{nil, nil},
		{[]row{{0, 0}, {10, 0}, {30, 0}}, nil},
		{[]row{{3, 0}, {1, 0}}, []string{"rows are not in order of iteration (1 step back)"}},
		{[]row{{1, 0}, {1, 0}, {1, 0}}, []string{"iterations occur more than once (2 rows superseded)"}},
		{[]row{{-1, 0}, {0, 0}}, []string{"iterations are negative (1 row)"}},
	} {
		if diff := cmp.Diff(c.want, training(c.rows...).Problems()); diff != "" {
			t.Errorf("%v: %s", c.rows, diff)
		}
		if diff := cmp.Diff(c.want, validation(c.rows...).Problems()); diff != "" {
			t.Errorf("%v: %s", c.rows, diff)
		}
	}
}
