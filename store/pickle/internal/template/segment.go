package template

import (
	"encoding/binary"
	"sort"
)

// segment is bytes of a row in which everything has its place: literal bytes, numbers
// of the memo, and doubles.
type segment struct {
	size    int
	words   []word // of the literal bytes, leastWords or more
	puts    []put
	doubles []double
}

// leastWords is how many words every segment has.
const leastWords = 3

// word is eight bytes of a row, and which of their bits are the same in each.
type word struct {
	at         int
	bits, mask uint64
}

// put is where the next number of the memo stands, and in how many bytes.
type put struct{ at, size int }

// double is where a double stands, and its column.
type double struct {
	at, column int
	kind       Kind
}

// differs returns the bits in which b differs from the word.
func (w *word) differs(b []byte) uint64 {
	return (binary.LittleEndian.Uint64(b[w.at:]) ^ w.bits) & w.mask
}

// window is how many bytes from the start of a segment a word can be read without a check
// that the buffer goes that far.
const window = 64

// differsNear is differs for a word in the window.
func (w *word) differsNear(b *[slack]byte) uint64 {
	return (binary.LittleEndian.Uint64(b[w.at&(window-1):]) ^ w.bits) & w.mask
}

// matches reports whether b begins with the segment, where the next object that is
// memoized has the number next.
func (s *segment) matches(b []byte, next int) bool { return s.goesOn(b, 0) && s.numbered(b, next) }

// goesOn reports whether b has the literal bytes, from the given word on.
func (s *segment) goesOn(b []byte, words int) bool {
	var differ uint64
	for i := words; i < len(s.words); i++ {
		differ |= s.words[i].differs(b)
	}
	return differ == 0
}

// numbered reports whether the numbers of the memo in b are next and those after it.
func (s *segment) numbered(b []byte, next int) bool {
	var differ uint32
	for i, p := range s.puts {
		number := uint32(b[p.at])
		if p.size > 1 {
			number = binary.LittleEndian.Uint32(b[p.at:])
		}
		differ |= number ^ uint32(next+i)
	}
	return differ == 0
}

// literal returns how many words have literal bytes.
func (s *segment) literal() int {
	return sort.Search(len(s.words), func(i int) bool { return s.words[i].mask == 0 })
}

// segmentBuilder is a segment that is being made.
type segmentBuilder struct {
	bytes, mask []byte
	puts        []put
	doubles     []double
}

func (s *segmentBuilder) literal(b ...byte) {
	s.bytes = append(s.bytes, b...)
	for range b {
		s.mask = append(s.mask, 0xff)
	}
}

// blank leaves n bytes out, and returns where they are.
func (s *segmentBuilder) blank(n int) int {
	at := len(s.bytes)
	s.bytes = append(s.bytes, make([]byte, n)...)
	s.mask = append(s.mask, make([]byte, n)...)
	return at
}

// add adds a hole that has one size, and reports whether it does.
func (s *segmentBuilder) add(h hole, op byte, column int) bool {
	switch h.kind {
	case Put:
		s.literal(op)
		s.puts = append(s.puts, put{s.blank(h.size - 1), h.size - 1})
	case Double:
		s.literal(op)
		s.doubles = append(s.doubles, double{s.blank(h.size - 1), column, h.kind})
	case le8, le4:
		s.doubles = append(s.doubles, double{s.blank(h.size), column, h.kind})
	default:
		return false
	}
	return true
}

func (s *segmentBuilder) segment() segment {
	made := segment{size: len(s.bytes), puts: s.puts, doubles: s.doubles}
	s.blank(8)
	for i := 0; i < made.size; {
		if s.mask[i] == 0 {
			i++
			continue
		}
		made.words = append(made.words, word{i, binary.LittleEndian.Uint64(s.bytes[i:]), binary.LittleEndian.Uint64(s.mask[i:])})
		i += 8
	}
	made.words = append(made.words, make([]word, max(0, leastWords-len(made.words)))...)
	return made
}
