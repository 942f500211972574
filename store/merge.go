package store

import (
	"sort"

	"statsmirror/store/column"
)

// Decision is the result of the merge rule for new rows.
type Decision uint8

// The decisions of the merge rule.
const (
	Keep      Decision = iota // the existing rows stay
	Store                     // the first rows of their kind
	Extend                    // the new rows go further
	Overwrite                 // the new rows replace the existing ones, which a generation must keep
)

// String returns the decision in lower case.
func (d Decision) String() string {
	return [...]string{"keep", "store", "extend", "overwrite"}[d]
}

// Merged is a decision of the merge rule and the rows that result.
type Merged[R any] struct {
	Decision Decision
	Diverged bool // an Overwrite by rows that go further: an earlier overwrite was missed
	Rows     R    // shares memory with existing, incoming or neither
}

// Existing are the rows of one kind from before. They need not be in memory.
type Existing[R any] interface {
	Len() int

	// Until returns the highest iteration + 1; 0 without rows.
	Until() int64

	// Has reports whether existing has each of the first n rows of incoming, bit for bit.
	Has(incoming R, n int) (bool, error)
}

// Decide applies the merge rule to existing rows and the normal rows that a source holds now. Two
// rows of the same iteration agree if their values are equal bit for bit.
//
//   - No incoming rows: Keep.
//   - No existing rows: Store.
//   - Incoming rows go further than the existing ones: Extend, if each incoming row up to the end
//     of the existing rows agrees with an existing row. Rows that only existing has are kept. Else
//     Overwrite, diverged.
//   - They end at the same iteration: Keep, if each incoming row agrees with an existing row. Else
//     Overwrite.
//   - They end earlier: Overwrite.
//
// If d is Extend, the rows from known on are new. Any error comes from existing.
func Decide[R Rows[R]](existing Existing[R], incoming R) (d Decision, diverged bool, known int, err error) {
	switch {
	case incoming.Len() == 0:
		return Keep, false, 0, nil
	case existing.Len() == 0:
		return Store, false, 0, nil
	}
	old, young := existing.Until(), until(incoming.iterations())
	if young < old {
		return Overwrite, false, 0, nil
	}
	known = below(incoming.iterations(), old)
	agrees, err := existing.Has(incoming, known)
	switch {
	case err != nil:
		return Keep, false, 0, err
	case !agrees:
		return Overwrite, young > old, 0, nil
	case young == old:
		return Keep, false, known, nil
	}
	return Extend, false, known, nil
}

// Merge applies the merge rule to normal rows in memory.
func Merge[R Rows[R]](existing, incoming R) Merged[R] {
	decision, diverged, known, _ := Decide(inMemory[R]{existing}, incoming)
	switch decision {
	case Keep:
		return Merged[R]{Keep, false, existing}
	case Extend:
		var rows R
		rows = rows.with(existing, 0, existing.Len())
		return Merged[R]{Extend, false, rows.with(incoming, known, incoming.Len())}
	}
	return Merged[R]{decision, diverged, incoming}
}

// inMemory are existing rows in memory.
type inMemory[R Rows[R]] struct{ rows R }

func (m inMemory[R]) Len() int     { return m.rows.Len() }
func (m inMemory[R]) Until() int64 { return until(m.rows.iterations()) }

func (m inMemory[R]) Has(incoming R, n int) (bool, error) { return agree(m.rows, incoming, n), nil }

// agree reports whether existing has each of the first n rows of incoming. It compares stretches of
// rows with the same iterations, column by column.
func agree[R Rows[R]](existing, incoming R, n int) bool {
	a, b := existing.iterations(), incoming.iterations()
	for i, j := 0, 0; j < n; {
		for i < a.Len() && a.At(i) < b.At(j) {
			i++
		}
		same := commonPrefix(a, i, b, j, n)
		if same == 0 || !existing.equal(i, i+same, incoming, j) {
			return false
		}
		i, j = i+same, j+same
	}
	return true
}

// commonPrefix returns how many values of a from i on equal those of b from j on. It only
// compares the values of b before end.
func commonPrefix(a column.Blocks[int64], i int, b column.Blocks[int64], j, end int) (same int) {
	for x, y := range a.Beside(i, min(a.Len(), i+end-j), b, j) {
		for k, v := range x {
			if v != y[k] {
				return same + k
			}
		}
		same += len(x)
	}
	return same
}

// Shared returns how many of the first rows of some are also in all, bit for bit. Both must be
// normal.
func Shared[R Rows[R]](all, some R) int {
	return sort.Search(some.Len(), func(n int) bool { return !agree(all, some, n+1) })
}

// Contains reports whether all has each row of some, bit for bit. Both must be normal.
func Contains[R Rows[R]](all, some R) bool {
	return agree(all, some, some.Len())
}
