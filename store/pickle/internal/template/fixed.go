package template

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// fixed is a template of an integer followed by two doubles, as in rows of training stats. Only the
// integer varies in size.
type fixed struct {
	before, behind segment
	column         int  // of the integer
	room           int  // bytes needed to compare a row
	limit          int  // of the memo numbers, which must be lower
	isDictRow      bool // it has its own loop
}

// newFixed returns t as a fixed template; nil if t is not one.
func newFixed(t *Template) *fixed {
	if len(t.pieces) != 2 || t.pieces[0].hole != Int || len(t.pieces[0].doubles) > 0 || len(t.pieces[1].doubles) != 2 {
		return nil
	}
	f := &fixed{before: t.pieces[0].segment, behind: t.pieces[1].segment, column: t.pieces[0].column, room: t.longest + slack, limit: t.limit}
	f.isDictRow = f.dictRow()
	return f
}

// decode decodes rows from buf while they match and there is room. It returns how many rows, and
// how many bytes they took. The next memoized object gets the number next.
func (f *fixed) decode(buf []byte, room *Columns, rows, next int) (n, end int) {
	before, behind, enough := f.before.size, f.behind.size, f.room // in registers, because each row needs them
	puts := f.before.puts + f.behind.puts
	if puts > 0 {
		rows = max(0, min(rows, (f.limit-next)/puts))
	}
	one, two := f.behind.doubles[0], f.behind.doubles[1]
	ints, first, second := room.Ints[f.column][:rows], room.Floats[one.column][:rows], room.Floats[two.column][:rows]
	if f.isDictRow {
		return f.decodeDictRow(buf, ints, first, second)
	}
	b0, b1, b2 := f.before.words[0].startFrom(next, puts), f.before.words[1].startFrom(next, puts), f.before.words[2].startFrom(next, puts)
	mid := next + f.before.puts
	w0, w1, w2 := f.behind.words[0].startFrom(mid, puts), f.behind.words[1].startFrom(mid, puts), f.behind.words[2].startFrom(mid, puts)
	long, longer := f.before.used > 3, f.behind.used > 3
	for n < len(ints) && n < len(first) && n < len(second) && len(buf)-end >= enough {
		row := (*[slack]byte)(buf[end:])
		if b0.differs(row)|b1.differs(row)|b2.differs(row) != 0 || long && !f.before.goesOn(row, 3, next) {
			break
		}
		number, digits := readInt(row[before&(window-1):])
		at := end + before + digits
		rest := (*[slack]byte)(buf[at:])
		if digits == 0 || w0.differs(rest)|w1.differs(rest)|w2.differs(rest) != 0 || longer && !f.behind.goesOn(rest, 3, next+f.before.puts) {
			break
		}
		ints[n], first[n], second[n] = number, one.near(rest), two.near(rest)
		if puts > 0 {
			next += puts
			b0.bits, b1.bits, b2.bits = b0.bits+b0.unit, b1.bits+b1.unit, b2.bits+b2.unit
			w0.bits, w1.bits, w2.bits = w0.bits+w0.unit, w1.bits+w1.unit, w2.bits+w2.unit
		}
		end = at + behind
		n++
	}
	one.widen(first[:n])
	two.widen(second[:n])
	return n, end
}

// near reads the double. For a number of four bytes, it reads four bytes too many.
func (d *double) near(b *[slack]byte) float64 {
	raw := binary.LittleEndian.Uint64(b[d.at&(window-1):])
	if d.kind == Double {
		raw = bits.ReverseBytes64(raw)
	}
	return math.Float64frombits(raw)
}

// read reads the double.
func (d *double) read(b *[slack]byte) float64 {
	v := d.near(b)
	if d.kind == le4 {
		v = math.Float64frombits(widen(uint32(math.Float64bits(v))))
	}
	return v
}

// widen turns the four-byte numbers that near has read into doubles.
func (d *double) widen(column []float64) {
	if d.kind != le4 {
		return
	}
	for i, v := range column {
		column[i] = math.Float64frombits(widen(uint32(math.Float64bits(v))))
	}
}
