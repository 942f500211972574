package heap

// Limits on a pickle.
const (
	MaxBytes = 16 << 20 // bytes of a bytes object and of an array

	maxDepth      = 64       // nested objects in a copy
	maxDimensions = 8        // of an array
	maxHeld       = 24 << 20 // bytes of the objects in memory
	maxInterned   = 64       // bytes of a string worth interning
	maxKept       = 1 << 16  // entries of the memo, and dtypes, that outlive their rows
	maxKeptText   = 8 << 20  // bytes of the strings among them
	maxMemo       = 1 << 20  // objects memoized in a batch of rows
	maxOpaque     = 1 << 10  // names of opaque classes; others share the last one
	maxRecent     = 1 << 15  // objects at which the heap is crowded
	maxReused     = 1 << 13  // objects of a type whose memory the next pickle reuses
	maxShared     = 8 << 20  // bytes of the objects that rows of different batches share
	maxWanted     = 1 << 16  // number of these objects

	freelyKept = 4096 // entries of the memo kept before anything fetches them
)

// ValueSize is how many bytes a [Value] takes.
const ValueSize = 16

// Approximate sizes in bytes of an object of each type.
const (
	containerSize = 32
	objectSize    = 32
	arraySize     = 256 // with its shape
	dtypeSize     = 24
	stringSize    = 80 // with its entry among the interned strings, but without its text
)
