package template

import (
	"statsmirror/store/column"
)

// Template is the shape of a row: pieces of the same size in every row. Each but the last is
// followed by a hole whose size varies from row to row. Make one with a [Learner].
type Template struct {
	pieces   []piece
	First    byte // the first byte of a row
	longest  int
	memoized int  // objects that a row memoizes, not counting its lists
	puts     bool // their numbers are in the row
	lists    int  // the column of lists; -1 for none
	fixed    *fixed
}

// piece is a segment and the hole after it.
type piece struct {
	segment
	hole    Kind // None at the end of the row
	longest int  // bytes of the hole, at most
	column  int
}

// slack is how many bytes after a row its comparison may read.
const slack = window + 8

const (
	maxRowSize = 1 << 10  // bytes of a learned row, not counting lists
	maxLists   = 64 << 10 // bytes of its lists
)

// add adds a piece.
func (t *Template) add(s *segmentBuilder, h hole, column int) {
	p := piece{s.segment(), h.kind, longestHole(h), column}
	t.pieces = append(t.pieces, p)
	t.longest += p.size + p.longest
}

// Need returns how many bytes Decode needs to decode a row.
func (t *Template) Need() int { return t.longest + slack }

// DictRow reports whether the template uses the loop for the rows that DaCapo writes.
func (t *Template) DictRow() bool { return t.fixed != nil && t.fixed.isDictRow }

// Lists reports whether rows have lists of doubles.
func (t *Template) Lists() bool { return t.lists >= 0 }

// Decode decodes rows from buf while they match and there is room. It returns how many rows, how
// many bytes they took, and how many objects they memoized. The next memoized object gets the
// number next. general turns off the loops for rows of one size.
func (t *Template) Decode(buf []byte, room *Columns, rows, next int, general bool) (n, end, memoized int) {
	if t.fixed != nil && !general {
		n, end = t.fixed.decode(buf, room, rows, next)
		memoized = n * t.memoized
	}
	if n == 0 {
		n, end, memoized = t.decode(buf, room, rows, next)
	}
	return n, end, memoized
}

// decode is Decode without the loops for rows of one size.
func (t *Template) decode(buf []byte, room *Columns, rows, next int) (n, end, memoized int) {
	for n < rows && len(buf)-end >= t.longest+slack {
		var before column.Nested
		if t.lists >= 0 {
			before = *room.Nested[t.lists]
		}
		size, more, ok := t.decodeRow(buf[end:], room, n, next+memoized)
		if !ok {
			if t.lists >= 0 {
				*room.Nested[t.lists] = before
			}
			break
		}
		n++
		end += size
		memoized += more
	}
	return n, end, memoized
}

// decodeRow decodes the row at the start of buf into row n of the columns.
func (t *Template) decodeRow(buf []byte, room *Columns, n, next int) (size, memoized int, ok bool) {
	memoized = t.memoized
	for i := range t.pieces {
		p := &t.pieces[i]
		b := buf[size:]
		if !p.matches(b, next) {
			return 0, 0, false
		}
		for i := range p.doubles {
			d := &p.doubles[i]
			room.Floats[d.column][n] = d.kind.read(b[d.at:])
		}
		next += len(p.puts)
		size += p.size
		b = b[p.size:]
		length := 0
		switch p.hole {
		case None:
			return size, memoized, true
		case Int:
			room.Ints[p.column][n], length = readInt(b)
		case latin8, latin4:
			room.Floats[p.column][n], length = p.hole.readLatin1(b)
		case Lists:
			l := lists{rest: b[:p.longest], next: next, puts: t.puts || t.memoized == 0, to: room.Nested[p.column], frameEnd: room.FrameEnd}
			if l.list(0) {
				length = p.longest - len(l.rest)
			}
			room.FrameEnd = l.frameEnd
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
