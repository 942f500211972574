package pickle

// What a pickle may ask for at most. DaCapo's files come nowhere near.
const (
	maxStack  = 1 << 18  // items on the stack
	maxLine   = 16 << 10 // bytes of a line of protocol 0
	maxText   = 1 << 20  // bytes of a string
	maxLong   = 4 << 10  // bytes of an integer
	maxTake   = 64 << 10 // bytes looked at in one piece
	maxPassed = 1 << 30  // bytes of a string or bytes object that is passed over because it is larger
	maxFrame  = 1 << 30  // bytes of a frame that go on after the STOP
	maxMarks  = 64       // MARKs that are open
)
