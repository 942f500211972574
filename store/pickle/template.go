package pickle

import "statsmirror/store/column"

// template is the shape of a row: pieces that have their size in every row, each but
// the last followed by a hole that has not.
type template struct {
	pieces   []piece
	first    byte // of a row
	longest  int
	memoized int  // objects that a row memoizes, but for those in lists
	puts     bool // they have their numbers in the row
	lists    int  // the column of lists, -1 for none
	fixed    *fixed
}

// piece is a stretch and the hole after it.
type piece struct {
	stretch
	hole    holeKind // holeNone at the end of the row
	longest int      // bytes of the hole
	column  int
}

// slack is how far behind a row its comparison may look.
const slack = near + 8

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
			n, err := m.oneItem(fields[i])
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
	var s sketch
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
		s.literal(raw[from:at]...)
		from = at + h.size
		if !s.add(h, raw[at], column) {
			t.add(&s, h, column)
			s = sketch{}
		}
	}
	if t.puts = puts > 0; len(columns) > 0 || t.puts && puts < t.memoized {
		return nil
	}
	s.literal(raw[from:]...)
	t.add(&s, hole{}, 0)
	if t.longest > maxRowSize+maxLists {
		return nil
	}
	t.fixed = newFixed(t)
	return t
}

// add adds a piece.
func (t *template) add(s *sketch, h hole, column int) {
	p := piece{s.stretch(), h.kind, longestHole(h), column}
	t.pieces = append(t.pieces, p)
	t.longest += p.size + p.longest
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
	m.frameEnd = max(m.frameEnd, m.base+int64(cap(m.buf))+room.frameEnd)
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
	memoized = t.memoized
	for i := range t.pieces {
		p := &t.pieces[i]
		b := buf[size:]
		if !p.matches(b, next) {
			return 0, 0, false
		}
		for i := range p.doubles {
			d := &p.doubles[i]
			room.floats[d.column][n] = d.kind.read(b[d.at:])
		}
		next += len(p.puts)
		size += p.size
		b = b[p.size:]
		length := 0
		switch p.hole {
		case holeNone:
			return size, memoized, true
		case holeInt:
			room.ints[p.column][n], length = readInt(b)
		case holeLatin8, holeLatin4:
			room.floats[p.column][n], length = p.hole.readLatin1(b)
		case holeLists:
			l := lists{rest: b[:p.longest], next: next, puts: t.puts || t.memoized == 0, to: room.nested[p.column], frameEnd: room.frameEnd}
			if l.list(0) {
				length = p.longest - len(l.rest)
			}
			room.frameEnd = l.frameEnd
			memoized += l.next - next
			next = l.next
		}
		if length == 0 {
			return 0, 0, false
		}
		size += length
	}
	return 0, 0, false
}
