package store_test

import (
	"slices"
	"testing"

	"statsmirror/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		existing, incoming []row
		decision           store.Decision
		diverged           bool
		rows               []row
	}{
		"both empty":                     {nil, nil, store.Keep, false, nil},
		"first rows":                     {nil, []row{{0, 1}, {1, 1}}, store.Store, false, []row{{0, 1}, {1, 1}}},
		"first rows, negative":           {nil, []row{{-2, 1}, {-1, 1}}, store.Store, false, []row{{-2, 1}, {-1, 1}}},
		"no rows":                        {[]row{{0, 1}}, nil, store.Keep, false, []row{{0, 1}}},
		"no rows after negative ones":    {[]row{{-1, 1}}, nil, store.Keep, false, []row{{-1, 1}}},
		"further":                        {[]row{{0, 1}, {1, 1}}, []row{{0, 1}, {1, 1}, {2, 1}}, store.Extend, false, []row{{0, 1}, {1, 1}, {2, 1}}},
		"further, only the new rows":     {[]row{{0, 1}, {1, 1}}, []row{{2, 1}}, store.Extend, false, []row{{0, 1}, {1, 1}, {2, 1}}},
		"further, last score dropped":    {[]row{{10, 1}, {20, 1}, {30, 1}}, []row{{10, 1}, {20, 1}, {40, 1}}, store.Extend, false, []row{{10, 1}, {20, 1}, {30, 1}, {40, 1}}},
		"further, first score dropped":   {[]row{{10, 1}, {20, 1}}, []row{{20, 1}, {30, 1}}, store.Extend, false, []row{{10, 1}, {20, 1}, {30, 1}}},
		"further, nulls":                 {[]row{{0, -1}}, []row{{0, -1}, {1, -1}}, store.Extend, false, []row{{0, -1}, {1, -1}}},
		"further from negative":          {[]row{{-3, 1}}, []row{{-3, 1}, {-2, 1}}, store.Extend, false, []row{{-3, 1}, {-2, 1}}},
		"further, other value":           {[]row{{0, 1}, {1, 1}}, []row{{0, 2}, {1, 1}, {2, 1}}, store.Overwrite, true, []row{{0, 2}, {1, 1}, {2, 1}}},
		"further, null for value":        {[]row{{0, 0}}, []row{{0, -1}, {1, 1}}, store.Overwrite, true, []row{{0, -1}, {1, 1}}},
		"further, a row that was not":    {[]row{{0, 1}, {2, 1}}, []row{{0, 1}, {1, 1}, {3, 1}}, store.Overwrite, true, []row{{0, 1}, {1, 1}, {3, 1}}},
		"further, a row before":          {[]row{{1, 1}}, []row{{0, 1}, {1, 1}, {2, 1}}, store.Overwrite, true, []row{{0, 1}, {1, 1}, {2, 1}}},
		"same":                           {[]row{{0, 1}, {1, -1}}, []row{{0, 1}, {1, -1}}, store.Keep, false, []row{{0, 1}, {1, -1}}},
		"as far, rows missing":           {[]row{{0, 1}, {1, 1}}, []row{{1, 1}}, store.Keep, false, []row{{0, 1}, {1, 1}}},
		"as far, other value":            {[]row{{0, 1}, {1, 1}}, []row{{0, 1}, {1, 2}}, store.Overwrite, false, []row{{0, 1}, {1, 2}}},
		"as far, a row that was not":     {[]row{{1, 1}}, []row{{0, 1}, {1, 1}}, store.Overwrite, false, []row{{0, 1}, {1, 1}}},
		"behind, other values":           {[]row{{0, 1}, {1, 1}}, []row{{0, 2}}, store.Overwrite, false, []row{{0, 2}}},
		"behind, same values":            {[]row{{0, 1}, {1, 1}}, []row{{0, 1}}, store.Overwrite, false, []row{{0, 1}}},
		"behind, until 0 but not empty":  {[]row{{0, 1}}, []row{{-1, 1}}, store.Overwrite, false, []row{{-1, 1}}},
		"as far as the highest possible": {[]row{{store.MaxIteration, 1}}, []row{{store.MaxIteration, 1}}, store.Keep, false, []row{{store.MaxIteration, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := store.Merge(training(c.existing...), training(c.incoming...))
			if m.Decision != c.decision || m.Diverged != c.diverged {
				t.Errorf("training: %v, diverged %v; want %v, %v", m.Decision, m.Diverged, c.decision, c.diverged)
			}
			if diff := cmp.Diff(c.rows, trainingRows(m.Rows), compareRows); diff != "" {
				t.Error("training:", diff)
			}
			v := store.Merge(validation(c.existing...), validation(c.incoming...))
			if v.Decision != c.decision || v.Diverged != c.diverged {
				t.Errorf("validation: %v, diverged %v; want %v, %v", v.Decision, v.Diverged, c.decision, c.diverged)
			}
			if diff := cmp.Diff(c.rows, validationRows(v.Rows), compareRows); diff != "" {
				t.Error("validation:", diff)
			}
		})
	}
}

func TestContains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, some := normalised(anyRows(8).Draw(t, "all")), normalised(anyRows(8).Draw(t, "some"))
		if rapid.Bool().Draw(t, "some of all") && len(all) > 0 {
			some = normalised(rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "some"))
		}
		want := true
		for _, r := range some {
			want = want && slices.Contains(all, r)
		}
		if got := store.Contains(training(all...), training(some...)); got != want {
			t.Errorf("training: %v", got)
		}
		if got := store.Contains(validation(all...), validation(some...)); got != want {
			t.Errorf("validation: %v", got)
		}
	})
}

// TestNothingIsLost keeps snapshots as a catalog does. Every row that was ever in a snapshot must
// be in the current one or in the history.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	t.Run("training", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { checkNothingIsLost(t, training, trainingRows) })
	})
	t.Run("validation", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { checkNothingIsLost(t, validation, validationRows) })
	})
}

func checkNothingIsLost[R store.Rows[R]](t *rapid.T, make func(...row) R, rowsOf func(R) []row) {
	var current R
	var file []row // the trainer's file
	ever := map[row]bool{}
	var history []R
	for range rapid.IntRange(1, 8).Draw(t, "stores") {
		file = nextFile(t, file)
		before := rowsOf(current)
		m := store.Merge(current, store.Normalise(make(file...)))
		if m.Decision == store.Overwrite {
			history = append(history, current)
		}
		current = m.Rows
		for _, r := range rowsOf(current) {
			ever[r] = true
		}
		checkMerged(t, m, before, normalised(file), rowsOf(current))
	}
	for _, ended := range append(history, current) {
		for _, r := range rowsOf(ended) {
			delete(ever, r)
		}
	}
	if len(ever) > 0 {
		t.Errorf("rows were lost: %v", ever)
	}
}

// nextFile draws what a trainer does to a file: extend it, drop its last row and continue, change
// it anywhere, or restart.
func nextFile(t *rapid.T, file []row) []row {
	switch rapid.SampledFrom([]string{"extend", "resume", "begin again"}).Draw(t, "store") {
	case "extend":
		return append(slices.Clone(file), anyRows(12).Draw(t, "more")...)
	case "resume":
		return append(slices.Clone(file[:max(0, len(file)-1)]), anyRows(12).Draw(t, "more")...)
	}
	return anyRows(12).Draw(t, "rows")
}

func checkMerged[R store.Rows[R]](t *rapid.T, m store.Merged[R], before, incoming, after []row) {
	if !slices.Equal(after, normalised(after)) {
		t.Errorf("merged rows are not normal: %v", after)
	}
	if m.Decision == store.Overwrite || m.Decision == store.Store {
		if !slices.Equal(after, incoming) {
			t.Errorf("%v gives %v, want %v", m.Decision, after, incoming)
		}
		return
	}
	for _, r := range slices.Concat(before, incoming) {
		if !slices.Contains(after, r) {
			t.Errorf("%v of %v to %v loses %v", m.Decision, before, incoming, r)
		}
	}
}

func million() store.TrainingStats {
	const n = 1_000_000
	var s store.TrainingStats
	for i := range n {
		s.Iteration.Append(int64(i))
		s.Loss.Append(1 / float64(i+1))
		s.Time.Append(float64(i) * 1e-3)
	}
	return s
}

func BenchmarkMergeExtend(b *testing.B) {
	incoming := million()
	var existing store.TrainingStats
	existing.Iteration.AppendFrom(incoming.Iteration, 0, 999_000)
	existing.Loss.AppendFrom(incoming.Loss, 0, 999_000)
	existing.Time.AppendFrom(incoming.Time, 0, 999_000)
	b.ReportAllocs()
	for b.Loop() {
		store.Merge(existing, incoming)
	}
}

func BenchmarkNormalise(b *testing.B) {
	normal := million()
	b.Run("normal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			store.Normalise(normal)
		}
	})
	tail := million() // the last thousand rows twice
	tail.Iteration.AppendFrom(tail.Iteration, 999_000, 1_000_000)
	tail.Loss.AppendFrom(tail.Loss, 999_000, 1_000_000)
	tail.Time.AppendFrom(tail.Time, 999_000, 1_000_000)
	b.Run("overlap", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			store.Normalise(tail)
		}
	})
}
