package store_test

import (
	"testing"

	"statsmirror/store"
	"statsmirror/store/column"
)

func TestDiffer(t *testing.T) {
	t.Parallel()
	rows := func(iterations []int64, losses ...float64) store.TrainingStats {
		return store.TrainingStats{
			Iteration: column.BlocksOf(iterations...),
			Loss:      column.Floats{Values: column.BlocksOf(losses...)},
			Time:      column.Floats{Values: column.BlocksOf(make([]float64, len(losses))...)},
		}
	}
	run := rows([]int64{0, 1, 5}, 3, 2, 1)
	for _, c := range []struct {
		name string
		with store.TrainingStats
		at   int64
		ok   bool
	}{
		{"itself", run, 0, false},
		{"none", store.TrainingStats{}, 0, true},
		{"another loss", rows([]int64{0, 1, 5}, 3, 2, 0.5), 5, true},
		{"fewer rows", rows([]int64{0, 1}, 3, 2), 5, true},
		{"more rows", rows([]int64{0, 1, 5, 6}, 3, 2, 1, 0), 6, true},
		{"a row between", rows([]int64{0, 1, 3, 5}, 3, 2, 9, 1), 3, true},
	} {
		for _, pair := range [][2]store.TrainingStats{{run, c.with}, {c.with, run}} {
			if at, ok := store.Differ(pair[0], pair[1]); at != c.at || ok != c.ok {
				t.Errorf("%s: %d, %v", c.name, at, ok)
			}
		}
	}
}
