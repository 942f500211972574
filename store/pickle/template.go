package pickle

import (
	"encoding/binary"
	"math"

	"statsmirror/store/column"
)

// template is the shape of a row: segments of literal bytes, each but the last
// followed by a hole.
type template struct {
	segments []segment
	first    byte // of a row
	longest  int
	memoized int // objects that a row memoizes, but for those in lists
	lists    int // the column of lists, -1 for none
	fixed    *fixed
}

// segment is literal bytes and the hole after them.
type segment struct {
	literal []byte
	words   []word
	hole    holeKind // holeNone at the end of the row
	longest int      // bytes of the hole
	column  int
}

// slack is how far behind a row its comparison may look.
const slack = 16

const (
	maxRowSize = 1 << 10        // bytes of a row that is learned, but for lists
	maxLists   = windowSize / 4 // bytes of its lists
)

// compile makes a template of the bytes of a row, nil if it has none: its
// columns must be integers, doubles, lists of them and texts, all but the last in holes.
func (m *machine) compile(row value, raw []byte) *template {
	var fields [maxColumns]value
	if m.fields(row, &fields) != nil {
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
		if !m.holds(c.Type, fields[i].hole) {
			return nil
		}
		columns[fields[i].hole] = i
	}
	return m.cut(raw, columns)
}

// holds reports whether a hole can hold values of a column.
func (m *machine) holds(t Type, hole uint8) bool {
	if hole == 0 || int(hole) > len(m.fast.holes) {
		return false
	}
	switch m.fast.holes[hole-1].kind {
	case holeInt:
		return t == Int
	case holeLists:
		return t == Nested
	case holeDouble, holeLE8, holeLE4, holeLatin8, holeLatin4:
		return t == Float
	}
	return false
}

// cut cuts a row at the holes of its columns. Other numbers stay literal.
func (m *machine) cut(raw []byte, columns map[uint8]int) *template {
	t := &template{first: raw[0], memoized: m.count - m.fast.memo, lists: -1}
	from, puts := 0, 0
	for i, h := range m.fast.holes {
		column, ok := columns[uint8(i+1)]
		switch {
		case h.kind == holePut:
			puts++
		case h.kind == holeText:
			return nil // which other rows may fetch
		case !ok:
			continue
		case h.kind == holeLists && t.lists >= 0:
			return nil
		case h.kind == holeLists:
			t.lists = column
			t.memoized -= h.memoized
		}
		delete(columns, uint8(i+1))
		at := int(h.offset - m.fast.start)
		t.add(raw[from:at], h, column)
		from = at + h.size
	}
	if len(columns) > 0 || puts > 0 && puts < t.memoized {
		return nil
	}
	t.add(raw[from:], hole{}, 0)
	if t.longest > maxRowSize+maxLists {
		return nil
	}
	t.fixed = newFixed(t)
	return t
}

// add adds a segment.
func (t *template) add(literal []byte, h hole, column int) {
	var s sketch
	s.literal(literal)
	t.segments = append(t.segments, segment{literal, s.words(), h.kind, longestHole(h), column})
	t.longest += len(literal) + longestHole(h)
}

// longestHole returns how long the hole may be in other rows.
func longestHole(h hole) int {
	switch h.kind {
	case holeInt, holePut:
		return 5
	case holeLatin8:
		return 5 + 16
	case holeLatin4:
		return 5 + 8
	case holeLists:
		return 2 * h.size
	}
	return h.size
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
		if n == 0 || m.end-m.pos < t.longest+slack && m.eof {
			return total, nil
		}
		if m.end-m.pos >= t.longest+slack && m.buf[m.pos] == opAppends && m.buf[m.pos+1] == opMark {
			m.pos += 2
		}
	}
}

// takeRows decodes the rows in the window that match.
func (m *machine) takeRows(t *template) (n int) {
	var room spare
	rows := m.table.spare(m.layout.Columns, &room)
	buf, end, memoized := m.buf[m.pos:m.end], 0, 0
	if t.fixed != nil && !m.fast.general {
		n, end = t.fixed.decode(buf, &room, rows, m.count)
		memoized = n * t.memoized
	}
	if n == 0 {
		n, end, memoized = t.decode(buf, &room, rows, m.count)
	}
	m.pos += end
	m.skip(memoized)
	m.table.take(m.layout.Columns, n)
	return n
}

// decode decodes rows from buf as long as there is room, and returns how many, how
// many bytes they took, and how many objects they memoized. The next of these gets
// the number next.
func (t *template) decode(buf []byte, room *spare, rows, next int) (n, end, memoized int) {
	for n < rows && len(buf)-end >= t.longest+slack {
		var before column.Nested
		if t.lists >= 0 {
			before = *room.nested[t.lists]
		}
		size, more, ok := t.decodeRow(buf[end:], room, n, next+memoized)
		if !ok {
			if t.lists >= 0 {
				*room.nested[t.lists] = before
			}
			break
		}
		n++
		end += size
		memoized += more
	}
	return n, end, memoized
}

// decodeRow decodes the row at the start of buf into place n of what is spare.
func (t *template) decodeRow(buf []byte, room *spare, n, next int) (size, memoized int, ok bool) {
	p, put := 0, 0
	memoized = t.memoized
	for i := range t.segments {
		s := &t.segments[i]
		if !matches(s.words, buf[p:]) {
			return 0, 0, false
		}
		p += len(s.literal)
		b := buf[p:]
		switch s.hole {
		case holeNone:
			return p, memoized, true
		case holePut:
			number, size := readPut(b)
			if number != next+put {
				return 0, 0, false
			}
			put++
			p += size
		case holeInt:
			number, size := readInt(b)
			if size == 0 {
				return 0, 0, false
			}
			room.ints[s.column][n] = number
			p += size
		case holeLists:
			l := lists{rest: b[:s.longest], next: next + put, to: room.nested[s.column]}
			if !l.list(0) {
				return 0, 0, false
			}
			memoized += l.next - next - put
			put = l.next - next
			p += s.longest - len(l.rest)
		default:
			double, size := s.hole.readDouble(b)
			if size == 0 {
				return 0, 0, false
			}
			room.floats[s.column][n] = double
			p += size
		}
	}
	return p, memoized, true
}

// matches reports whether b begins with the words.
func matches(words []word, b []byte) bool {
	var differ uint64
	for i, w := range words {
		differ |= w.differs(b[8*i:])
	}
	return differ == 0
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

// readDouble reads a double and returns its size, 0 if it is something else.
func (k holeKind) readDouble(b []byte) (double float64, size int) {
	switch k {
	case holeDouble:
		if b[0] == opBinFloat {
			return bigEndianDouble(b[1:]), 9
		}
	case holeLE8:
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), 8
	case holeLE4:
		return math.Float64frombits(widen(binary.LittleEndian.Uint32(b))), 4
	case holeLatin8:
		bits, size := readLatin1(b, 8)
		return math.Float64frombits(bits), size
	case holeLatin4:
		bits, size := readLatin1(b, 4)
		return math.Float64frombits(widen(uint32(bits))), size
	}
	return 0, 0
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
