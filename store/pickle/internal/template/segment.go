package template

import (
	"encoding/binary"
	"sort"
)

// A segment is the part of a row in which everything has a fixed place: literal bytes, memo
// numbers, and doubles.
type segment struct {
	size    int
	words   []word // of the literal bytes, leastWords or more
	puts    []put
	doubles []double
}

// leastWords is the lowest number of words in a segment.
const leastWords = 3

// A word is eight bytes of a row, and a mask of the bits that are the same in each row.
type word struct {
	at         int
	bits, mask uint64
}

// A put is the place of the next memo number, and its size in bytes.
type put struct{ at, size int }

// A double is the place of a double, and its column.
type double struct {
	at, column int
	kind       Kind
}

// differs returns the bits in which b differs from the word.
func (w *word) differs(b []byte) uint64 {
	return (binary.LittleEndian.Uint64(b[w.at:]) ^ w.bits) & w.mask
}

// window is how far into a segment, in bytes, a word can be read without a bounds check.
const window = 64

// differsNear is differs for a word in the window.
func (w *word) differsNear(b *[slack]byte) uint64 {
	return (binary.LittleEndian.Uint64(b[w.at&(window-1):]) ^ w.bits) & w.mask
}

// matches reports whether b begins with the segment, if the next memoized object has the number
// next.
func (s *segment) matches(b []byte, next int) bool { return s.goesOn(b, 0) && s.numbered(b, next) }

// goesOn reports whether b has the literal bytes from the given word on.
func (s *segment) goesOn(b []byte, words int) bool {
	var differ uint64
	for i := words; i < len(s.words); i++ {
		differ |= s.words[i].differs(b)
	}
	return differ == 0
}

// numbered reports whether the memo numbers in b count up from next.
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

// segmentBuilder builds a segment.
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

// blank skips n bytes, and returns their place.
func (s *segmentBuilder) blank(n int) int {
	at := len(s.bytes)
	s.bytes = append(s.bytes, make([]byte, n)...)
	s.mask = append(s.mask, make([]byte, n)...)
	return at
}

// add adds a hole of fixed size; false if its size varies.
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
