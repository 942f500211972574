package store

import "slices"

// Decision is what the merge rule makes of new rows.
type Decision uint8

// The decisions of the merge rule.
const (
	Keep      Decision = iota // nothing new: the existing rows stay
	Store                     // the first rows of their kind
	Extend                    // the new rows go further
	Overwrite                 // the new rows replace the existing: a new generation
)

// String returns the decision in lower case.
func (d Decision) String() string {
	return [...]string{"keep", "store", "extend", "overwrite"}[d]
}

// Merged is what the merge rule decided, and the rows that it leads to.
type Merged[R any] struct {
	Decision Decision
	Diverged bool // an Overwrite by rows that go further: an overwrite was missed
	Rows     R    // shares memory with existing, incoming or neither
}

// Merge applies the merge rule to normal rows: those that are there and those
// that a source holds now. Rows that have the same iteration agree if their
// values are, bit for bit, the same.
//
//   - No incoming rows: Keep.
//   - No existing rows: Store.
//   - Incoming rows go further than the existing ones: Extend, if each incoming
//     row up to where the existing rows end agrees with an existing row. Rows
//     that only existing has are kept. Else Overwrite, diverged.
//   - They end at the same iteration: Keep, if each incoming row agrees with an
//     existing row. Else Overwrite.
//   - They end before: Overwrite.
func Merge[R Rows[R]](existing, incoming R) Merged[R] {
	switch {
	case incoming.Len() == 0:
		return Merged[R]{Keep, false, existing}
	case existing.Len() == 0:
		return Merged[R]{Store, false, incoming}
	}
	old, young := until(existing.iterations()), until(incoming.iterations())
	if young < old {
		return Merged[R]{Overwrite, false, incoming}
	}
	below, _ := slices.BinarySearch(incoming.iterations(), old)
	switch shared, ok := agree(existing, incoming, below); {
	case !ok:
		return Merged[R]{Overwrite, young > old, incoming}
	case young == old:
		return Merged[R]{Keep, false, existing}
	case shared == existing.Len():
		return Merged[R]{Extend, false, incoming}
	}
	var rows R
	rows = rows.with(existing, 0, existing.Len())
	return Merged[R]{Extend, false, rows.with(incoming, below, incoming.Len())}
}

// agree reports whether existing has each of the first n rows of incoming, and
// how many rows both have. It compares stretches of rows whose iterations are
// the same, column by column.
func agree[R Rows[R]](existing, incoming R, n int) (shared int, ok bool) {
	a, b := existing.iterations(), incoming.iterations()[:n]
	for i, j := 0, 0; j < n; {
		for i < len(a) && a[i] < b[j] {
			i++
		}
		same := commonPrefix(a[i:], b[j:])
		if same == 0 || !existing.equal(i, i+same, incoming, j) {
			return shared, false
		}
		i, j, shared = i+same, j+same, shared+same
	}
	return shared, true
}

func commonPrefix(a, b []int64) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// Contains reports whether all has each row of some, bit for bit. Both are
// normal.
func Contains[R Rows[R]](all, some R) bool {
	_, ok := agree(all, some, some.Len())
	return ok
}
