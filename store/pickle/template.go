package pickle

import (
	"encoding/binary"
	"math"
)

// template is the shape of a row: segments of literal bytes, each but the last
// followed by a hole.
type template struct {
	segments []segment
	first    byte // of a row
	longest  int
	memoized int // objects that a row memoizes
	plain    *plain
}

// segment is literal bytes and the hole after them.
type segment struct {
	words  []uint64 // the bytes, eight at a time
	masks  []uint64 // which bits of the words count
	size   int
	hole   holeKind // holeNone at the end of the row
	column int
}

// slack is how far behind a row its comparison may look.
const slack = 16

// compile makes a template of the bytes of a row, nil if it has none: its
// columns must be integers, doubles and texts, the former in holes.
func (m *machine) compile(row value, raw []byte) *template {
	var fields [maxColumns]value
	if len(raw) > maxRowSize || m.fields(row, &fields) != nil {
		return nil
	}
	columns := map[uint8]int{} // by hole
	for i, c := range m.layout.Columns {
		if fields[i].kind == kindArray {
			n, err := m.zeroDimensional(fields[i])
			if err != nil {
				return nil
			}
			fields[i] = n
		}
		if c.Type == Text {
			continue
		}
		if c.Type == Nested || fields[i].hole == 0 || !m.holds(c.Type, fields[i].hole) {
			return nil
		}
		columns[fields[i].hole] = i
	}
	return m.cut(raw, columns)
}

// holds reports whether a hole can hold values of a column.
func (m *machine) holds(t Type, hole uint8) bool {
	if int(hole) > len(m.fast.holes) {
		return false
	}
	k := m.fast.holes[hole-1].kind
	return (t == Int) == (k == holeInt) && k != holeRaw8 && k != holeRaw4
}

const maxRowSize = 1 << 10

// cut cuts a row at the holes of its columns. Other numbers stay literal.
func (m *machine) cut(raw []byte, columns map[uint8]int) *template {
	t := &template{first: raw[0], memoized: m.count - m.fast.memo}
	from, puts := 0, 0
	for i, h := range m.fast.holes {
		column, ok := columns[uint8(i+1)]
		if h.kind == holePut {
			puts++
		} else if !ok {
			continue
		}
		delete(columns, uint8(i+1))
		at := int(h.offset - m.fast.start)
		t.segments = append(t.segments, newSegment(raw[from:at], h.kind, column))
		from = at + holeSize(h.kind, raw[at])
	}
	if len(columns) > 0 || puts > 0 && puts < t.memoized {
		return nil
	}
	t.segments = append(t.segments, newSegment(raw[from:], holeNone, 0))
	for _, s := range t.segments {
		t.longest += s.size + longestHole(s.hole)
	}
	t.plain = newPlain(t)
	return t
}

// holeSize returns the size of a hole that begins with op.
func holeSize(k holeKind, op byte) int {
	switch {
	case k == holeInt:
		return 1 + intSize(op)
	case op == opBinPut && k == holePut:
		return 2
	}
	return longestHole(k)
}

func longestHole(k holeKind) int {
	switch k {
	case holeInt, holePut:
		return 5
	case holeDouble:
		return 9
	case holeLE8:
		return 8
	case holeLE4:
		return 4
	}
	return 0
}

func newSegment(literal []byte, k holeKind, column int) segment {
	s := segment{size: len(literal), hole: k, column: column}
	for len(literal) > 0 {
		var word [8]byte
		n := copy(word[:], literal)
		s.words = append(s.words, binary.LittleEndian.Uint64(word[:]))
		s.masks = append(s.masks, math.MaxUint64>>(64-8*n))
		literal = literal[n:]
	}
	return s
}

// runTemplate decodes rows as long as they match the template, across batches,
// and returns how many did.
func (m *machine) runTemplate() (total int, err error) {
	t := m.fast.template
	for {
		if m.end-m.pos < t.longest+slack {
			if err := m.fill(t.longest + slack); err != nil && !m.eof {
				return total, err
			}
		}
		if m.pos == m.end || m.buf[m.pos] != t.first {
			return total, nil
		}
		if total == 0 {
			if err := m.flush(); err != nil {
				return 0, err
			}
		}
		n := m.takeRows(t)
		total += n
		m.table.Rows += n
		m.skip(n * t.memoized)
		if n == 0 || m.end-m.pos < t.longest+slack && m.eof {
			return total, nil
		}
		if m.end-m.pos >= t.longest+slack && m.buf[m.pos] == opAppends && m.buf[m.pos+1] == opMark {
			m.pos += 2
		}
	}
}

// takeRows decodes the rows in the window that match.
func (m *machine) takeRows(t *template) int {
	if t.plain != nil && !m.fast.general {
		return m.takePlain(t.plain)
	}
	var room spare
	rows := m.table.spare(m.layout.Columns, &room)
	n, p := 0, m.pos
	buf := m.buf[:m.end]
	for n < rows && len(buf)-p >= t.longest+slack {
		end, ok := t.decode(buf, p, &room, n, m.count+n*t.memoized)
		if !ok {
			break
		}
		p = end
		n++
	}
	m.pos = p
	m.table.take(m.layout.Columns, n)
	return n
}

// decode decodes the row at p into place n of what is spare, and returns where it
// ends. The next object that is memoized gets the number next.
func (t *template) decode(buf []byte, p int, room *spare, n, next int) (end int, ok bool) {
	for i := range t.segments {
		s := &t.segments[i]
		for j, word := range s.words {
			if binary.LittleEndian.Uint64(buf[p+8*j:])&s.masks[j] != word {
				return 0, false
			}
		}
		p += s.size
		b := buf[p : p+slack]
		switch s.hole {
		case holeNone:
			return p, true
		case holePut:
			number, size := readPut(b)
			if number != next {
				return 0, false
			}
			next++
			p += size
		case holeInt:
			number, size := readInt(b)
			if size == 0 {
				return 0, false
			}
			room.ints[s.column][n] = number
			p += size
		case holeDouble:
			if b[0] != opBinFloat {
				return 0, false
			}
			room.floats[s.column][n] = bigEndianDouble(b[1:])
			p += 9
		case holeLE8:
			room.floats[s.column][n] = math.Float64frombits(binary.LittleEndian.Uint64(b))
			p += 8
		default:
			room.floats[s.column][n] = math.Float64frombits(widen(binary.LittleEndian.Uint32(b)))
			p += 4
		}
	}
	return p, true
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

func bigEndianDouble(b []byte) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64(b))
}
