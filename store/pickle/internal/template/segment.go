package template

import "encoding/binary"

// A segment is the part of a row in which everything has a fixed place: literal bytes, memo
// numbers, and doubles.
type segment struct {
	size    int
	words   []word // leastWords or more
	used    int    // words before the padding
	puts    int    // memo numbers
	doubles []double
}

// leastWords is the lowest number of words in a segment.
const leastWords = 3

// A word is eight bytes of a row: literal bytes, and memo numbers that count up from row to row.
// mask has the bits of both.
type word struct {
	at         int
	bits, mask uint64 // bits if the next memoized object has the number 0
	unit       uint64 // what the number 1 adds to bits
}

// A put is the place of the next memo number, and its size in bytes.
type put struct{ at, size int }

// A double is the place of a double, and its column.
type double struct {
	at, column int
	kind       Kind
}

// window is how far into a segment, in bytes, a word can be read without a bounds check. Segments
// are shorter.
const window = 64

// differs returns the bits in which b differs from the word, for a word prepared by startFrom.
func (w *word) differs(b *[slack]byte) uint64 {
	return (binary.LittleEndian.Uint64(b[w.at&(window-1):]) ^ w.bits) & w.mask
}

// startFrom returns the word for rows in which the next memoized object has the number next. Its
// unit becomes what each row adds to bits.
func (w word) startFrom(next, memoized int) word {
	w.bits += w.unit * uint64(next)
	w.unit *= uint64(memoized)
	return w
}

// goesOn reports whether b has the words of the segment from the given one on, if the next memoized
// object has the number next.
func (s *segment) goesOn(b *[slack]byte, from, next int) bool {
	var differ uint64
	words := s.words[from:s.used]
	for i := range words {
		w := &words[i]
		differ |= (binary.LittleEndian.Uint64(b[w.at&(window-1):]) ^ (w.bits + w.unit*uint64(next))) & w.mask
	}
	return differ == 0
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
	made := segment{size: len(s.bytes), puts: len(s.puts), doubles: s.doubles}
	s.blank(8)
	puts := s.puts
	for i := 0; i < made.size; {
		if s.mask[i] == 0 && (len(puts) == 0 || puts[0].at != i) {
			i++
			continue
		}
		w := word{at: i, bits: binary.LittleEndian.Uint64(s.bytes[i:]), mask: binary.LittleEndian.Uint64(s.mask[i:])}
		for i += 8; len(puts) > 0 && puts[0].at < i; puts = puts[1:] {
			if puts[0].at+puts[0].size > i {
				i = puts[0].at // the next word begins with the number
				break
			}
			w.count(puts[0], made.puts-len(puts))
		}
		made.words = append(made.words, w)
	}
	made.used = len(made.words)
	made.words = append(made.words, make([]word, max(0, leastWords-made.used))...)
	return made
}

// count adds the number of a put to the word: so many objects after the first of the segment.
func (w *word) count(p put, after int) {
	shift := 8 * (p.at - w.at)
	w.mask |= (1<<(8*p.size) - 1) << shift
	w.unit += 1 << shift
	w.bits += uint64(after) << shift
}
