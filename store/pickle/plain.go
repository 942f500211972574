package pickle

import (
	"encoding/binary"
	"math"
)

// plain is the commonest template: a dict of an integer and two doubles, whose
// keys and whatever else it has are fetched from the memo, as DaCapo's training
// stats are.
//
//	EMPTY_DICT MEMOIZE MARK BINGET k <integer>
//	BINGET k BINFLOAT <double>
//	BINGET k BINFLOAT <double>
//	BINGET k BINGET k SETITEMS
type plain struct {
	head          uint64 // 5 bytes
	first, second uint32 // 2 bytes and the opcode of a double
	tail          uint64 // 5 bytes
	columns       [3]int // of the integer and the doubles
}

const (
	mask40 = 1<<40 - 1
	mask24 = 1<<24 - 1

	plainRest = 27 // bytes of a row after its integer
	plainRoom = 48 // bytes that must be there to look at a row
)

// newPlain returns t as a plain template, nil if it is none.
func newPlain(t *template) *plain {
	s := t.segments
	if len(s) != 4 || s[0].size != 5 || s[1].size != 2 || s[2].size != 2 || s[3].size != 5 ||
		s[0].hole != holeInt || s[1].hole != holeDouble || s[2].hole != holeDouble {
		return nil
	}
	return &plain{
		head: s[0].words[0], first: uint32(s[1].words[0]) | opBinFloat<<16, second: uint32(s[2].words[0]) | opBinFloat<<16,
		tail: s[3].words[0], columns: [3]int{s[0].column, s[1].column, s[2].column},
	}
}

// takePlain decodes rows in the window that match, as long as the blocks of the
// columns have room.
func (m *machine) takePlain(t *plain) int {
	ints, first, second := &m.table.Ints[t.columns[0]], &m.table.Floats[t.columns[1]], &m.table.Floats[t.columns[2]]
	n, end := t.decode(m.buf[m.pos:m.end], ints.Spare(), first.Values.Spare(), second.Values.Spare())
	m.pos += end
	ints.Take(n)
	first.Take(n)
	second.Take(n)
	return n
}

// decode decodes rows from buf as long as each slice has room, and returns how
// many and how many bytes they took.
func (t *plain) decode(buf []byte, ints []int64, first, second []float64) (n, end int) {
	for n < len(ints) && n < len(first) && n < len(second) && len(buf)-end >= plainRoom {
		row := buf[end : end+plainRoom]
		word := binary.LittleEndian.Uint64(row)
		if word&mask40 != t.head {
			return n, end
		}
		var number int64
		var size int
		switch byte(word >> 40) {
		case opBinInt1:
			number, size = int64(byte(word>>48)), 7
		case opBinInt2:
			number, size = int64(word>>48), 8
		case opBinInt:
			number, size = int64(int32(binary.LittleEndian.Uint32(row[6:]))), 10
		default:
			return n, end
		}
		rest := row[size : size+plainRest+3]
		if binary.LittleEndian.Uint32(rest)&mask24 != t.first || binary.LittleEndian.Uint32(rest[11:])&mask24 != t.second ||
			binary.LittleEndian.Uint64(rest[22:])&mask40 != t.tail {
			return n, end
		}
		ints[n] = number
		first[n] = math.Float64frombits(binary.BigEndian.Uint64(rest[3:]))
		second[n] = math.Float64frombits(binary.BigEndian.Uint64(rest[14:]))
		n++
		end += size + plainRest
	}
	return n, end
}
