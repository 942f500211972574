package template

import (
	"encoding/binary"
	"math"

	"statsmirror/store/pickle/internal/opcode"
)

// Kind says how a number is written in a row.
type Kind uint8

// The kinds of holes.
const (
	None   Kind = iota
	Int         // BININT1, BININT2 or BININT, opcode included
	Double      // the opcode BINFLOAT and 8 bytes, the highest first
	Lists       // lists of lists of lists of doubles
	Put         // BINPUT or LONG_BINPUT with the next memo number
	Text        // BINUNICODE and a text, not known to be a number

	le8    // 8 bytes of a double, the lowest first
	le4    // 4 bytes of a single, the lowest first
	latin8 // BINUNICODE and a text whose code points are an le8
	latin4 // BINUNICODE and a text whose code points are an le4

	raw8  // 8 bytes not known to be a number
	raw4  // 4 bytes not known to be a number
	text8 // a Text whose code points are 8 bytes
	text4 // a Text whose code points are 4 bytes
)

// A hole is the place of a number in a row, or of its lists.
type hole struct {
	kind     Kind
	offset   int64 // in the input
	size     int
	memoized int // objects memoized in the lists
}

// longestHole returns the highest length of the hole in other rows.
func longestHole(h hole) int {
	switch h.kind {
	case Int:
		return 5
	case latin8:
		return 5 + 16
	case latin4:
		return 5 + 8
	case Lists:
		return 2 * h.size
	}
	return 0
}

// readPut reads the memo number of an object; -1 if b has a different opcode.
func readPut(b []byte) (number, size int) {
	switch b[0] {
	case opcode.BinPut:
		return int(b[1]), 2
	case opcode.LongBinPut:
		return int(binary.LittleEndian.Uint32(b[1:])), 5
	}
	return -1, 0
}

// readInt reads an integer and returns its size; 0 if b has something else.
func readInt(b []byte) (number int64, size int) {
	switch b[0] {
	case opcode.BinInt1:
		return int64(b[1]), 2
	case opcode.BinInt2:
		return int64(binary.LittleEndian.Uint16(b[1:])), 3
	case opcode.BinInt:
		return int64(int32(binary.LittleEndian.Uint32(b[1:]))), 5
	}
	return 0, 0
}

// latinMost is how many bytes readLatin1 may look at.
const latinMost = 5 + 16

// readLatin1 reads the double of a hole from the text in which protocols 0 to 2 write its bytes:
// each byte is a code point. It returns the size; 0 if b has something else.
func (k Kind) readLatin1(b *[latinMost]byte) (double float64, size int) {
	length := uint64(binary.LittleEndian.Uint32(b[1:]))
	number, counted := fourCodePoints(binary.LittleEndian.Uint64(b[5:]))
	if b[0] != opcode.BinUnicode || counted == 0 {
		return 0, 0
	}
	if k == latin8 {
		high, more := fourCodePoints(binary.LittleEndian.Uint64(b[5+counted&15:]))
		if more == 0 {
			return 0, 0
		}
		number |= high << 32
		counted += more
	} else {
		number = widen(uint32(number))
	}
	if counted != length {
		return 0, 0
	}
	return math.Float64frombits(number), 5 + int(length) // not counted, because the processor would wait for it
}

// fourCodePoints reads four code points below 256 from UTF-8, the first from the lowest byte. It
// returns how many bytes they take; 0 if the text has others. Half of the bytes of a number take
// two, at random, so branches would cost more than the arithmetic.
func fourCodePoints(text uint64) (bits, size uint64) {
	var wrong uint64
	size = 4
	for range 4 {
		more := text >> 4 & 8                          // bits of a second byte
		wrong |= (text&0xc0fe ^ 0x80c2) & -(more >> 3) // the first byte is 0xc2 or 0xc3 then
		bits = bits>>8 | (text>>more&0xff|text<<6&(more<<3))<<24
		text = text >> 8 >> more
		size += more >> 3
	}
	if wrong != 0 {
		return 0, 0
	}
	return bits, size
}

// bigEndianDouble returns the double in eight bytes, the highest first.
func bigEndianDouble(b []byte) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}

// widen returns the bits of the double that equals a single, as the processor converts it: a NaN
// keeps its payload and becomes quiet.
func widen(single uint32) uint64 {
	return math.Float64bits(float64(math.Float32frombits(single)))
}
