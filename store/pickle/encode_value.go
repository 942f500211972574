package pickle

import (
	"encoding/binary"
	"math"
	"math/bits"

	"statsmirror/store/column"
	"statsmirror/store/pickle/internal/opcode"
)

// int writes an integer in CPython's shortest opcode for it.
func (e *encoder) int(v int64) {
	e.boundary()
	switch {
	case v != int64(int32(v)):
		e.long(v)
	case v < 0 || v > math.MaxUint16:
		e.buf = binary.LittleEndian.AppendUint32(append(e.buf, opcode.BinInt), uint32(v))
	case v > math.MaxUint8:
		e.buf = binary.LittleEndian.AppendUint16(append(e.buf, opcode.BinInt2), uint16(v))
	default:
		e.put(opcode.BinInt1, byte(v))
	}
}

// long writes an integer in as many bytes of two's complement as it needs.
func (e *encoder) long(v int64) {
	size := bits.Len64(uint64(v^v>>63))/8 + 1
	e.put(opcode.Long1, byte(size))
	for ; size > 0; size-- {
		e.put(byte(v))
		v >>= 8
	}
}

// float writes a double with all its bits, or None.
func (e *encoder) float(values column.Floats, i int) {
	e.boundary()
	if values.IsNull(i) {
		e.put(opcode.None)
		return
	}
	e.buf = binary.BigEndian.AppendUint64(append(e.buf, opcode.BinFloat), math.Float64bits(values.At(i)))
}

// nested writes lists of lists of lists of doubles, or None.
func (e *encoder) nested(values column.Nested, i int) {
	if values.IsNull(i) {
		e.boundary()
		e.put(opcode.None)
		return
	}
	outer, end := column.Bounds(values.Outer, i)
	e.list(end-outer, func(i int) {
		middle, end := column.Bounds(values.Middle, outer+i)
		e.list(end-middle, func(i int) {
			inner, end := column.Bounds(values.Inner, middle+i)
			e.list(end-inner, func(i int) { e.float(values.Values, inner+i) })
		})
	})
}

// shared is one str object: its text the first time, then a reference to it.
type shared struct {
	text   string
	object int // its number in the memo
	saved  bool
}

func (e *encoder) text(s *shared) {
	e.boundary()
	switch {
	case s.saved && s.object <= math.MaxUint8:
		e.put(opcode.BinGet, byte(s.object))
	case s.saved:
		e.buf = binary.LittleEndian.AppendUint32(append(e.buf, opcode.LongBinGet), uint32(s.object))
	default:
		e.unicode(s.text)
		s.saved, s.object = true, e.objects
		e.memoize()
	}
}

func (e *encoder) unicode(text string) {
	header := []byte{opcode.ShortBinUnicode, byte(len(text))}
	if len(text) > math.MaxUint8 {
		header = binary.LittleEndian.AppendUint32([]byte{opcode.BinUnicode}, uint32(len(text)))
	}
	if len(text) >= frameTarget {
		e.bypass(header, text)
		return
	}
	e.put(header...)
	e.buf = append(e.buf, text...)
}
