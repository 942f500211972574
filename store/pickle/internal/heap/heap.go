// Package heap holds the objects that a pickle makes while it is read. They are data. A [Value] is
// a number, or refers to a string, a container, an array or an object whose class is only a name.
// The [Heap] also has the memo, in which a pickle finds its objects again. It forgets the objects
// of rows that have become columns. The package knows neither opcodes nor columns.
package heap

// Heap holds the objects that values refer to, and the memo. Call Reset before its first use.
// A value belongs to the heap that made it.
type Heap struct {
	values     arena[Value]
	doubles    arena[float64]
	bytes      arena[byte]
	containers arena[Container]
	objects    arena[Object]
	arrays     arena[Array]

	// A pickle makes a string or a dtype once, then always fetches it from the memo. Those in the
	// memo survive the rows that first contained them.
	strings     arena[string]
	dtypes      arena[Dtype]
	keptStrings []string
	keptDtypes  []Dtype
	interned    map[string]uint64

	text, floorText int // bytes of strings, and of the strings below the floor
	keptText        int // bytes of keptStrings, with their overhead

	opaqueNames   []string // of unknown classes and functions
	opaqueNumbers map[string]uint64

	memo memo
}

// survives marks the number of a kept string or dtype.
const survives = 1 << 63

// Reset empties the heap for another pickle. s holds the objects that rows of different batches
// share; it is nil on a first reading.
func (h *Heap) Reset(s *Sharing) {
	h.Release()
	h.interned, h.opaqueNumbers = map[string]uint64{}, map[string]uint64{}
	h.memo.kept, h.memo.shared = map[int]Value{}, s
}

// Release empties the heap and frees the memory of its objects, except what the next pickle needs
// even if it is small.
func (h *Heap) Release() {
	recent := h.memo.recent[:0]
	if cap(recent) > maxRecent {
		recent = nil
	}
	*h = Heap{
		values: h.values.emptied(), doubles: h.doubles.emptied(), bytes: h.bytes.emptied(),
		containers: h.containers.emptied(), objects: h.objects.emptied(), memo: memo{recent: recent},
	}
}

// SetFloor makes Forget keep the objects made so far.
func (h *Heap) SetFloor() {
	h.values.setFloor()
	h.doubles.setFloor()
	h.bytes.setFloor()
	h.containers.setFloor()
	h.objects.setFloor()
	h.arrays.setFloor()
	h.strings.setFloor()
	h.dtypes.setFloor()
	h.floorText = h.text
}

// Forget forgets the objects made since SetFloor. The memo keeps numbers, strings, classes and
// dtypes. Using a value that refers to a forgotten object gives [ErrForgotten].
func (h *Heap) Forget() {
	h.settle()
	h.values.forget()
	h.doubles.forget()
	h.bytes.forget()
	h.containers.forget()
	h.objects.forget()
	h.arrays.forget()
	h.strings.forget()
	h.dtypes.forget()
	h.text = h.floorText
	clear(h.interned)
}

// Crowded reports whether Forget would forget many objects.
func (h *Heap) Crowded() bool {
	return len(h.memo.recent) >= maxRecent ||
		h.values.size()+h.doubles.size()+h.containers.size()+h.strings.size() >= maxRecent
}

// Hold returns an error if the objects and n more bytes are too many.
func (h *Heap) Hold(n int) error {
	if h.held()+n > maxHeld {
		return LimitError("bytes of objects in a batch of rows", maxHeld)
	}
	return nil
}

// held returns about how many bytes the objects take.
func (h *Heap) held() int {
	return ValueSize*(len(h.values.items)+len(h.memo.recent)) + 8*len(h.doubles.items) + len(h.bytes.items) +
		containerSize*len(h.containers.items) + objectSize*len(h.objects.items) + arraySize*len(h.arrays.items) +
		dtypeSize*len(h.dtypes.items) + stringSize*len(h.strings.items) + h.text
}
