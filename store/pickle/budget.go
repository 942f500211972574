package pickle

import (
	"fmt"

	"statsmirror/store/pickle/internal/heap"
)

// Bounds on the work that an input may cause.
const (
	freeWork    = 1 << 16 // values, keys and bytes that rows may always consist of
	workPerByte = 16      // the same, for each byte read
)

// hold returns an error if the objects in memory and n more bytes are too many.
func (m *machine) hold(n int) error { return m.heap.Hold(n + heap.ValueSize*len(m.stack)) }

// work counts n values of a row. Each takes at least a byte of input, unless it is a reference to
// an earlier value. Without a bound, a list of a thousand references to a list of a thousand
// references would never end.
func (m *machine) work(n int) error {
	m.worked += int64(n)
	if m.worked > freeWork+workPerByte*m.offset() {
		return fmt.Errorf("%d values in %d bytes: too many references to earlier values", m.worked, m.offset())
	}
	return nil
}
