package pickle

// Limits on a pickle. DaCapo's files come nowhere near them.
const (
	maxStack  = 1 << 18  // items on the stack
	maxLine   = 16 << 10 // bytes of a line of protocol 0
	maxText   = 1 << 20  // bytes of a string
	maxLong   = 4 << 10  // bytes of an integer
	maxTake   = 64 << 10 // bytes read in one piece
	maxPassed = 1 << 30  // bytes of a longer string or bytes object, which is skipped
	maxFrame  = 1 << 30  // bytes of a frame after the STOP
	maxMarks  = 64       // open MARKs
)
