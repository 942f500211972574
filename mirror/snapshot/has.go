package snapshot

import (
	"statsmirror/store"
	"statsmirror/store/column"
)

// HasTraining reports whether each of the first n rows of s is there, bit for bit.
func (f *File) HasTraining(s store.TrainingStats, n int) (bool, error) {
	return has(f, s, n, kind[store.TrainingStats]{
		iterations: s.Iteration,
		is: func(g group, from, to int) bool {
			return int64(to-from) == g.TrainingRows && trainingSHA256(s, from, to) == g.TrainingSHA256
		},
		of: func(s *Snapshot) store.TrainingStats { return s.Training },
	})
}

// HasValidation reports whether each of the first n rows of s is there, bit for bit.
func (f *File) HasValidation(s store.ValidationScores, n int) (bool, error) {
	return has(f, s, n, kind[store.ValidationScores]{
		iterations: s.Iteration,
		is: func(g group, from, to int) bool {
			return int64(to-from) == g.ValidationRows && validationSHA256(s, from, to) == g.ValidationSHA256
		},
		of: func(s *Snapshot) store.ValidationScores { return s.Validation },
	})
}

// kind is what has needs to know of a kind of statistics.
type kind[R any] struct {
	iterations column.Blocks[int64]
	is         func(g group, from, to int) bool // whether rows from from to to-1 are all of a group
	of         func(*Snapshot) R
}

// has compares hashes, group by group. Rows that are not all of a group, as those of a
// file that has lost some, are compared with the group's rows.
func has[R store.Rows[R]](f *File, rows R, n int, k kind[R]) (bool, error) {
	from := 0
	for i := 0; i < len(f.footer.groups) && from < n; i++ {
		g := f.footer.groups[i]
		to := place(k.iterations, from, n, g.Last)
		if to < n && k.iterations.At(to) == g.Last {
			to++
		}
		if from == to || k.is(g, from, to) {
			from = to
			continue
		}
		var there Snapshot
		if err := f.read(i, &there); err != nil {
			return false, err
		}
		var some R
		if !store.Contains(k.of(&there), store.Append(some, rows, from, to)) {
			return false, nil
		}
		from = to
	}
	return from == n, nil
}
