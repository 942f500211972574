package template

// Template is the shape of a row: pieces of the same size in every row. Between them are the holes
// whose size varies from row to row. Make one with a [Learner].
type Template struct {
	pieces   []piece
	First    byte // the first byte of a row
	longest  int
	memoized int  // objects that a row memoizes, not counting its lists
	puts     bool // their numbers are in the row
	limit    int  // of these numbers, which must be lower
	lists    int  // the column of lists; -1 for none
	fixed    *fixed
}

// piece is a segment and the hole after it.
type piece struct {
	segment
	hole    Kind // None at the end of the row, and if the segment would become too long
	longest int  // bytes of the hole, at most
	column  int
}

// slack is how many bytes after a row its comparison may read.
const slack = window + 24

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

// literal adds bytes to the segment being built, and begins further segments so that none reaches
// the end of the window.
func (t *Template) literal(s *segmentBuilder, b []byte) {
	const most = window - 2 // so that a memo number can follow its opcode
	for len(s.bytes)+len(b) > most {
		n := max(0, most-len(s.bytes))
		s.literal(b[:n]...)
		b = b[n:]
		t.add(s, hole{}, 0)
		*s = segmentBuilder{}
	}
	s.literal(b...)
}

// Need returns how many bytes Decode needs to decode a row.
func (t *Template) Need() int { return t.longest + slack }

// Counts reports whether a row can hold its memo numbers, if the next memoized object has the number
// next. BINPUT holds numbers below 256.
func (t *Template) Counts(next int) bool { return !t.puts || next+t.memoized <= t.limit }

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
		var size, more int
		if t.lists < 0 {
			size, more = t.decodeRow(buf[end:], room, n, next+memoized)
		} else {
			size, more = t.decodeScored(buf[end:], room, n, next+memoized)
		}
		if size == 0 {
			break
		}
		n++
		end += size
		memoized += more
	}
	return n, end, memoized
}

// decodeScored is decodeRow for rows with lists. If a row does not match, its lists are removed.
func (t *Template) decodeScored(buf []byte, room *Columns, n, next int) (size, memoized int) {
	before := *room.Nested[t.lists]
	if size, memoized = t.decodeRow(buf, room, n, next); size == 0 {
		*room.Nested[t.lists] = before
	}
	return size, memoized
}

// decodeRow decodes the row at the start of buf into row n of the columns. It returns the bytes of
// the row and the objects it memoizes; 0 if it does not match.
func (t *Template) decodeRow(buf []byte, room *Columns, n, next int) (size, memoized int) {
	memoized = t.memoized
	for i := range t.pieces {
		p := &t.pieces[i]
		row := (*[slack]byte)(buf[size:])
		if !p.goesOn(row, 0, next) || next+p.puts > t.limit {
			return 0, 0
		}
		for i := range p.doubles {
			d := &p.doubles[i]
			room.Floats[d.column][n] = d.read(row)
		}
		next += p.puts
		size += p.size
		length := 0
		switch p.hole {
		case None:
			continue
		case Int:
			room.Ints[p.column][n], length = readInt(row[p.size&(window-1):])
		case latin8, latin4:
			room.Floats[p.column][n], length = p.hole.readLatin1((*[latinMost]byte)(row[p.size&(window-1):]))
		case Lists:
			var lists int
			length, lists = t.readLists(p, buf[size:], room, next)
			memoized += lists
			next += lists
		}
		if length == 0 {
			return 0, 0
		}
		size += length
	}
	return size, memoized
}

// readLists reads the lists of a row at the start of b, and returns their size and how many objects
// they memoize. size is 0 if b has something else.
func (t *Template) readLists(p *piece, b []byte, room *Columns, next int) (size, memoized int) {
	l := lists{rest: b[:p.longest], next: next, puts: t.puts || t.memoized == 0, to: room.Nested[p.column], frameEnd: room.FrameEnd}
	ok := l.list(0)
	room.FrameEnd = l.frameEnd
	if !ok {
		return 0, 0
	}
	return p.longest - len(l.rest), l.next - next
}
