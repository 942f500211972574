package pickle

import (
	"fmt"

	"statsmirror/store/pickle/internal/heap"
)

// The work that an input may ask for.
const (
	freeWork    = 1 << 16 // values, keys and bytes that rows may be made of in any case
	workPerByte = 16      // the same, for each byte that has been read
)

// hold returns an error if the objects in memory, and n bytes more, are too many.
func (m *machine) hold(n int) error { return m.heap.Hold(n + heap.ValueSize*len(m.stack)) }

// work counts n values that a row is made of. Each is a byte of the input or more,
// unless it is a reference to an earlier one. Without a bound, a list of a thousand references to
// a list of a thousand references would never end.
func (m *machine) work(n int) error {
	m.worked += int64(n)
	if m.worked > freeWork+workPerByte*m.offset() {
		return fmt.Errorf("%d values in %d bytes: too many of them are references to others", m.worked, m.offset())
	}
	return nil
}
