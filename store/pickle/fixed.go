package pickle

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// fixed is a template of an integer and two doubles, as rows of training stats are.
// Nothing but the integer differs in size: what stands before it and behind it has
// its place.
type fixed struct {
	before, behind stretch
	integer        int // its column
	doubles        [2]double
}

// stretch is bytes of a row in which everything has its place.
type stretch struct {
	size  int
	first [4]word // what is looked at first, of most rows all
	rest  []word
	at    int   // where the rest is
	puts  []int // where the numbers of LONG_BINPUT are
	more  bool  // there is a rest, or such a number
}

// stretchRoom is how many bytes there must be to look at a stretch.
const stretchRoom = 64

// word is eight bytes of a row, and which of their bits are the same in each.
type word struct{ bits, mask uint64 }

// double is where a double stands behind the integer, and of which column it is.
type double struct {
	at, column int
	kind       holeKind
}

// newFixed returns t as a fixed template, nil if it is none.
func newFixed(t *template) *fixed {
	f := &fixed{}
	var before, behind sketch
	var doubles []double
	s := &before
	for _, segment := range t.segments {
		s.literal(segment.literal)
		switch segment.hole {
		case holeNone:
		case holeInt:
			if s == &behind {
				return nil
			}
			f.integer, s = segment.column, &behind
		case holePut:
			s.literal([]byte{opLongBinPut})
			s.puts = append(s.puts, s.blank(4))
		case holeDouble, holeLE8, holeLE4:
			if s == &before {
				return nil
			}
			if segment.hole == holeDouble {
				s.literal([]byte{opBinFloat})
			}
			doubles = append(doubles, double{s.blank(segment.hole.bytes()), segment.column, segment.hole})
		default:
			return nil
		}
	}
	if len(before.bytes) > stretchRoom-5 || len(behind.bytes) > stretchRoom-8 || len(doubles) != 2 {
		return nil
	}
	f.before, f.behind, f.doubles = before.stretch(2), behind.stretch(4), [2]double(doubles)
	return f
}

// bytes returns how many bytes a double has.
func (k holeKind) bytes() int {
	if k == holeLE4 {
		return 4
	}
	return 8
}

// sketch is a stretch that is being made.
type sketch struct {
	bytes, mask []byte
	puts        []int
}

func (s *sketch) literal(b []byte) {
	s.bytes = append(s.bytes, b...)
	for range b {
		s.mask = append(s.mask, 0xff)
	}
}

// blank leaves n bytes out, and returns where they are.
func (s *sketch) blank(n int) int {
	at := len(s.bytes)
	s.bytes = append(s.bytes, make([]byte, n)...)
	s.mask = append(s.mask, make([]byte, n)...)
	return at
}

// words returns the bytes and the mask, eight bytes at a time.
func (s *sketch) words() (words []word) {
	size := len(s.bytes)
	s.blank(-size & 7)
	for i := 0; i < size; i += 8 {
		words = append(words, word{binary.LittleEndian.Uint64(s.bytes[i:]), binary.LittleEndian.Uint64(s.mask[i:])})
	}
	return words
}

// stretch returns what was made, of which so many words are looked at first.
func (s *sketch) stretch(first int) stretch {
	made := stretch{size: len(s.bytes), at: 8 * first, puts: s.puts}
	words := s.words()
	made.rest = words[copy(made.first[:first], words):]
	made.more = len(made.rest)+len(made.puts) > 0
	return made
}

// decode decodes rows from buf as long as there is room, and returns how many and
// how many bytes they took. The next object that is memoized gets the number next.
func (f *fixed) decode(buf []byte, room *spare, rows, next int) (n, end int) {
	ints := room.ints[f.integer][:rows]
	first, second := room.floats[f.doubles[0].column][:rows], room.floats[f.doubles[1].column][:rows]
	before, behind, atFirst, atSecond := f.before.size, f.behind.size, f.doubles[0].at, f.doubles[1].at
	b0, b1 := f.before.first[0], f.before.first[1] // of most rows all, in registers
	w0, w1, w2, w3 := f.behind.first[0], f.behind.first[1], f.behind.first[2], f.behind.first[3]
	for n < len(ints) && n < len(first) && n < len(second) && len(buf)-end >= 2*stretchRoom+5 {
		row := (*[stretchRoom]byte)(buf[end:])
		if b0.differs(row[0:])|b1.differs(row[8:]) != 0 || f.before.more && !f.before.goesOn(row, next) {
			break
		}
		number, size := readInt(row[before:])
		rest := (*[stretchRoom]byte)(buf[end+before+size:])
		if size == 0 || w0.differs(rest[0:])|w1.differs(rest[8:])|w2.differs(rest[16:])|w3.differs(rest[24:]) != 0 ||
			f.behind.more && !f.behind.goesOn(rest, next+len(f.before.puts)) {
			break
		}
		ints[n] = number
		first[n] = math.Float64frombits(binary.LittleEndian.Uint64(rest[atFirst:]))
		second[n] = math.Float64frombits(binary.LittleEndian.Uint64(rest[atSecond:]))
		next += len(f.before.puts) + len(f.behind.puts)
		end += before + size + behind
		n++
	}
	f.doubles[0].kind.convert(first[:n])
	f.doubles[1].kind.convert(second[:n])
	return n, end
}

// goesOn reports whether b, which begins with the first words, goes on with the rest.
func (s *stretch) goesOn(b *[stretchRoom]byte, next int) bool {
	for i, at := range s.puts {
		if int(binary.LittleEndian.Uint32(b[at:])) != next+i {
			return false
		}
	}
	return matches(s.rest, b[s.at:])
}

// differs returns the bits in which b is not the word.
func (w *word) differs(b []byte) uint64 { return (binary.LittleEndian.Uint64(b) ^ w.bits) & w.mask }

// convert makes doubles of what stands in the holes, read with the lowest byte first.
func (k holeKind) convert(column []float64) {
	switch k {
	case holeDouble:
		for i, v := range column {
			column[i] = math.Float64frombits(bits.ReverseBytes64(math.Float64bits(v)))
		}
	case holeLE4:
		for i, v := range column {
			column[i] = math.Float64frombits(widen(uint32(math.Float64bits(v))))
		}
	}
}
