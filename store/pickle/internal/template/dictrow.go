package template

import (
	"encoding/binary"
	"math"

	"statsmirror/store/pickle/internal/opcode"
)

// dictRow reports whether f is the template of the rows that DaCapo writes, which has its own loop:
// a dict whose keys and text are fetched from the memo.
//
//	EMPTY_DICT MEMOIZE MARK BINGET k <integer>
//	BINGET k BINFLOAT <double>
//	BINGET k BINFLOAT <double>
//	BINGET k BINGET k SETITEMS
func (f *fixed) dictRow() bool {
	w, d := f.behind.words, f.behind.doubles
	return f.before.size == 5 && f.behind.size == dictRowRest && f.behind.used == 3 && f.before.puts+f.behind.puts == 0 &&
		w[0].at == 0 && w[1].at == 11 && w[2].at == 22 && d[0].at == 3 && d[1].at == 14 &&
		d[0].kind == Double && d[1].kind == Double
}

const (
	dictRowRest = 27                      // bytes of a row after its integer
	dictRowMost = 5 + 5 + dictRowRest + 3 // bytes of a row, and those that its comparison reads after it
)

// decodeDictRow is decode for such a template: all offsets are constants.
func (f *fixed) decodeDictRow(buf []byte, ints []int64, first, second []float64) (n, end int) {
	head, one, two, tail := f.before.words[0], f.behind.words[0], f.behind.words[1], f.behind.words[2]
	for n < len(ints) && n < len(first) && n < len(second) && len(buf)-end >= dictRowMost {
		row := (*[dictRowMost]byte)(buf[end:])
		start := binary.LittleEndian.Uint64(row[:])
		if start&head.mask != head.bits {
			break
		}
		var number int64
		var rest *[dictRowRest + 3]byte
		switch byte(start >> 40) {
		case opcode.BinInt1:
			number, rest = int64(byte(start>>48)), (*[dictRowRest + 3]byte)(row[7:])
		case opcode.BinInt2:
			number, rest = int64(start>>48), (*[dictRowRest + 3]byte)(row[8:])
		case opcode.BinInt:
			number, rest = int64(int32(binary.LittleEndian.Uint32(row[6:]))), (*[dictRowRest + 3]byte)(row[10:])
		default:
			return n, end
		}
		if binary.LittleEndian.Uint64(rest[:])&one.mask != one.bits || binary.LittleEndian.Uint64(rest[11:])&two.mask != two.bits ||
			binary.LittleEndian.Uint64(rest[22:])&tail.mask != tail.bits {
			break
		}
		ints[n] = number
		first[n] = math.Float64frombits(binary.BigEndian.Uint64(rest[3:]))
		second[n] = math.Float64frombits(binary.BigEndian.Uint64(rest[14:]))
		n++
		end += 5 + opcode.IntSize(byte(start>>40)) + 1 + dictRowRest
	}
	return n, end
}
