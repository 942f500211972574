package heap

// What a pickle may ask for at most.
const (
	MaxBytes = 16 << 20 // bytes of a bytes object and of an array

	maxDepth      = 64       // objects in each other, in a copy
	maxDimensions = 8        // of an array
	maxHeld       = 24 << 20 // bytes of the objects in memory
	maxInterned   = 64       // bytes of a string that is worth looking up
	maxKept       = 1 << 16  // entries of the memo, and dtypes, that outlive their rows
	maxKeptText   = 8 << 20  // bytes of the strings that do
	maxMemo       = 1 << 20  // objects memoized in a batch of rows
	maxOpaque     = 1 << 10  // names of opaque classes; others share the last one
	maxRecent     = 1 << 15  // objects at which the heap is crowded
	maxShared     = 8 << 20  // bytes of the objects that rows of different batches have in common
	maxWanted     = 1 << 16  // of these objects

	freelyKept = 4096 // entries of the memo that are kept though nothing has fetched them yet
)

// ValueSize is how many bytes a [Value] takes.
const ValueSize = 16

// Bytes that an object of each type takes, about.
const (
	containerSize = 32
	objectSize    = 32
	arraySize     = 256 // with its shape
	dtypeSize     = 24
	stringSize    = 80 // with its place among those interned, but without its text
)
