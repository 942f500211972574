package pickle

import (
	"encoding/binary"
	"math"
)

// holeKind says how a number stands in a row.
type holeKind uint8

const (
	holeNone   holeKind = iota
	holeInt             // BININT1, BININT2 or BININT, opcode included
	holeDouble          // the opcode BINFLOAT and 8 bytes, the highest first
	holeLE8             // 8 bytes of a double, the lowest first
	holeLE4             // 4 bytes of a single, the lowest first
	holeLatin8          // BINUNICODE and a text, the code points of which are an LE8
	holeLatin4          // the same of an LE4
	holeLists           // lists of lists of lists of doubles
	holePut             // BINPUT or LONG_BINPUT and the next number of the memo

	holeRaw8  // 8 bytes of which nothing is known yet
	holeRaw4  // 4 likewise
	holeText  // BINUNICODE and a text, likewise
	holeText8 // one that is the code points of 8 bytes
	holeText4 // of 4
)

// hole is where a number stands, or several.
type hole struct {
	kind     holeKind
	offset   int64 // in the input
	size     int
	memoized int // objects, in lists
}

func holeBytes(n int) holeKind {
	switch n {
	case 8:
		return holeRaw8
	case 4:
		return holeRaw4
	}
	return holeNone
}

// longestHole returns how long the hole may be in other rows.
func longestHole(h hole) int {
	switch h.kind {
	case holeInt:
		return 5
	case holeLatin8:
		return 5 + 16
	case holeLatin4:
		return 5 + 8
	case holeLists:
		return 2 * h.size
	}
	return 0
}

// readPut reads which number an object gets, -1 if it gets none.
func readPut(b []byte) (number, size int) {
	switch b[0] {
	case opBinPut:
		return int(b[1]), 2
	case opLongBinPut:
		return int(binary.LittleEndian.Uint32(b[1:])), 5
	}
	return -1, 0
}

// readInt reads an integer and returns its size, 0 if it is something else.
func readInt(b []byte) (number int64, size int) {
	switch b[0] {
	case opBinInt1:
		return int64(b[1]), 2
	case opBinInt2:
		return int64(binary.LittleEndian.Uint16(b[1:])), 3
	case opBinInt:
		return int64(int32(binary.LittleEndian.Uint32(b[1:]))), 5
	}
	return 0, 0
}

// read reads the double of a hole.
func (k holeKind) read(b []byte) float64 {
	switch k {
	case holeDouble:
		return bigEndianDouble(b)
	case holeLE8:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return math.Float64frombits(widen(binary.LittleEndian.Uint32(b)))
}

// readLatin1 reads the double of a hole, and returns its size, 0 if it is something else.
func (k holeKind) readLatin1(b []byte) (double float64, size int) {
	if k == holeLatin8 {
		bits, size := readLatin1(b, 8)
		return math.Float64frombits(bits), size
	}
	bits, size := readLatin1(b, 4)
	return math.Float64frombits(widen(uint32(bits))), size
}

// readLatin1 reads n bytes, the lowest first, of the text that protocols 0 to 2 make
// of bytes: each is a code point.
func readLatin1(b []byte, n int) (bits uint64, size int) {
	if b[0] != opBinUnicode {
		return 0, 0
	}
	size = 5
	for i := range n {
		c := uint64(b[size])
		size++
		if c >= 0x80 {
			next := uint64(b[size])
			if c&^1 != 0xc2 || next&0xc0 != 0x80 {
				return 0, 0
			}
			c = c&3<<6 | next&0x3f
			size++
		}
		bits |= c << (8 * i)
	}
	if uint64(binary.LittleEndian.Uint32(b[1:])) != uint64(size-5) {
		return 0, 0
	}
	return bits, size
}

func bigEndianDouble(b []byte) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}
