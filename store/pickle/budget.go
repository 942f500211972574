package pickle

import "fmt"

// What the objects in memory may take, and the work that an input may ask for.
const (
	maxHeld = 24 << 20 // bytes of the objects of a batch of rows, and of those before it

	freeWork    = 1 << 16 // values, keys and bytes that may be looked at again
	workPerByte = 16      // the same, for each byte that has been read
)

// Bytes that an object of each type takes, about.
const (
	valueSize     = 16
	containerSize = 32
	objectSize    = 32
	arraySize     = 256 // with its shape
	dtypeSize     = 24
	stringSize    = 80 // with its place among those interned, but without its text
)

// held returns how many bytes the objects in memory take, about.
func (m *machine) held() int { return m.heap.held() + valueSize*(len(m.recent)+len(m.stack)) }

func (h *heap) held() int {
	return valueSize*len(h.values.items) + 8*len(h.doubles.items) + len(h.bytes.items) +
		containerSize*len(h.containers.items) + objectSize*len(h.objects.items) + arraySize*len(h.arrays.items) +
		dtypeSize*len(h.dtypes.items) + stringSize*len(h.strings.items) + h.text
}

// hold returns an error if the objects in memory, and n bytes more, are too many.
func (m *machine) hold(n int) error {
	if m.held()+n > maxHeld {
		return limitError("bytes of objects in a batch of rows", maxHeld)
	}
	return nil
}

// work counts n values that a row is made of. Each is a byte of the input or more,
// unless it stands for one that was there before; of a list of a thousand
// references to a list of a thousand references there would be no end.
func (m *machine) work(n int) error {
	m.worked += int64(n)
	if m.worked > freeWork+workPerByte*m.offset() {
		return fmt.Errorf("%d values in %d bytes: too many of them are references to others", m.worked, m.offset())
	}
	return nil
}
