package snapshot

import (
	"slices"

	"statsmirror/store"
	"statsmirror/store/column"

	"golang.org/x/sync/errgroup"
)

// Shared compares rows of one kind with those of a file, group by group.
type Shared struct {
	ends []int  // indexes of the rows at which each group ends
	all  []bool // whether the rows are, bit for bit, all of the group
}

// From returns the first row that belongs to a group or a later one. ok is true if the rows from
// there on are all that the file has from there on.
func (s Shared) From(group int) (row int, ok bool) {
	if len(s.all) == 0 {
		return 0, false
	}
	if group > 0 {
		row = s.ends[group-1]
	}
	return row, !slices.Contains(s.all[group:], false)
}

// ShareTraining compares the first n rows of s, which must be normal, with those of f. has reports
// whether f has each of them, bit for bit.
func (f *File) ShareTraining(s store.TrainingStats, n int) (shared Shared, has bool, err error) {
	return share(f, s, n, s.Iteration,
		func(g group, from, to int) bool {
			return int64(to-from) == g.TrainingRows && trainingSHA256(s, from, to) == g.TrainingSHA256
		},
		func(s *Snapshot) store.TrainingStats { return s.Training })
}

// ShareValidation is ShareTraining for validation scores.
func (f *File) ShareValidation(s store.ValidationScores, n int) (shared Shared, has bool, err error) {
	return share(f, s, n, s.Iteration,
		func(g group, from, to int) bool {
			return int64(to-from) == g.ValidationRows && validationSHA256(s, from, to) == g.ValidationSHA256
		},
		func(s *Snapshot) store.ValidationScores { return s.Validation })
}

// share compares hashes. If the rows are only a part of a group, as in a stats file that lost some,
// it compares them with the group's rows.
func share[R store.Rows[R]](f *File, rows R, n int, iterations column.Blocks[int64], all func(g group, from, to int) bool, of func(*Snapshot) R) (Shared, bool, error) {
	shared := f.share(n, iterations, all)
	from := 0
	for i, to := range shared.ends {
		if from < to && !shared.all[i] {
			var there Snapshot
			if err := f.read(i, &there); err != nil {
				return shared, false, err
			}
			var some R
			if !store.Contains(of(&there), store.Append(some, rows, from, to)) {
				return shared, false, nil
			}
		}
		from = to
	}
	return shared, from == n, nil
}

func (f *File) share(n int, iterations column.Blocks[int64], all func(g group, from, to int) bool) Shared {
	s := Shared{all: make([]bool, len(f.footer.groups))}
	var hashing errgroup.Group
	hashing.SetLimit(hashers)
	next := 0
	for i, g := range f.footer.groups {
		from, to := next, behind(iterations, next, n, g.Last)
		hashing.Go(func() error {
			s.all[i] = all(g, from, to)
			return nil
		})
		s.ends = append(s.ends, to)
		next = to
	}
	_ = hashing.Wait() // the goroutines return no error
	return s
}

// behind returns the first index from from to to with a higher iteration.
func behind(iterations column.Blocks[int64], from, to int, iteration int64) int {
	at := place(iterations, from, to, iteration)
	if at < to && iterations.At(at) == iteration {
		at++
	}
	return at
}

// hashers is how many groups are hashed at a time.
const hashers = 2
