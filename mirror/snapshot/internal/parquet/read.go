package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A Reader reads the columns of row groups. It keeps its buffers for reuse.
type Reader struct {
	source     Source
	page       []byte
	values     []float64
	definition []byte
	repetition []byte
}

// Reset makes r read another file.
func (r *Reader) Reset(source Source) { r.source = source }

// batch is how many values Doubles passes on at a time.
const batch = 1 << 14

// Text checks that a column has the value in all rows.
func (r *Reader) Text(c Chunk, value string, rows int) error {
	entries := 0
	pages := r.pages(c)
	for {
		p, err := pages.next()
		if err != nil {
			return err
		}
		switch {
		case p == nil && (entries != 1 || rows > 0):
			return fmt.Errorf("it has %d values, and too few rows by %d", entries, rows)
		case p == nil:
			return nil
		case p.kind == dictionaryPage && entries == 0 && p.values == 1 && p.encoding == plain && isEntry(p.data, value):
			entries++
		case p.kind == dictionaryPage:
			return fmt.Errorf("its value is not %q alone", value)
		case p.kind != dataPage || p.encoding != rleDictionary || entries == 0 || p.values > int64(rows) || len(p.data) == 0 || p.data[0] > 1:
			return fmt.Errorf("a page with %d values has encoding %d", p.values, p.encoding)
		default:
			if err := r.zeros(p); err != nil {
				return err
			}
			rows -= int(p.values)
		}
	}
}

func isEntry(data []byte, value string) bool {
	return len(data) == 4+len(value) && binary.LittleEndian.Uint32(data) == uint32(len(value)) && string(data[4:]) == value
}

// zeros checks that all indices of a page, of at most one bit, are 0.
func (r *Reader) zeros(p *page) error {
	levels := levelReader{rest: p.data[1:], most: p.data[0]}
	for left := int(p.values); left > 0; left -= min(left, batch) {
		indices := grow(&r.definition, min(left, batch))
		if err := levels.read(indices); err != nil {
			return err
		}
		if slices.Max(indices) > 0 {
			return errors.New("an index is not in the dictionary")
		}
	}
	return nil
}

// Ints reads a column of required integers, which must have as many as to.
func (r *Reader) Ints(c Chunk, to []int64) error {
	pages := r.pages(c)
	for {
		p, err := pages.next()
		switch {
		case err != nil:
			return err
		case p == nil && len(to) > 0:
			return fmt.Errorf("it has too few values by %d", len(to))
		case p == nil:
			return nil
		case p.kind != dataPage || p.encoding != deltaBinaryPacked:
			return fmt.Errorf("a page has encoding %d", p.encoding)
		case p.values > int64(len(to)):
			return fmt.Errorf("it has %d values too many", p.values-int64(len(to)))
		}
		if err := deltas(to[:p.values], p.data); err != nil {
			return err
		}
		to = to[p.values:]
	}
}

// Doubles reads a column of doubles, and passes it on in batches: the existing values and all
// levels, of which Writer.Doubles tells. It reads as many as the chunk claims, nulls included.
func (r *Reader) Doubles(c Chunk, depth, lists byte, do func(values []float64, definition, repetition []byte) error) error {
	pages, left := r.pages(c), c.Values
	for {
		p, err := pages.next()
		switch {
		case err != nil:
			return err
		case p == nil && left > 0:
			return fmt.Errorf("it has too few values by %d", left)
		case p == nil:
			return nil
		case p.kind != dataPage || p.encoding != byteStreamSplit || p.definition != rle || lists > 0 && p.repetition != rle:
			return fmt.Errorf("a page has encodings %d, %d and %d", p.encoding, p.definition, p.repetition)
		case p.values > left:
			return fmt.Errorf("it has %d values too many", p.values-left)
		}
		if err := r.doubles(p, depth, lists, do); err != nil {
			return err
		}
		left -= p.values
	}
}

// doubles passes on the doubles of a page.
func (r *Reader) doubles(p *page, depth, lists byte, do func(values []float64, definition, repetition []byte) error) error {
	var repetitions levelReader
	data := p.data
	if lists > 0 {
		levels, rest, err := section(data)
		if err != nil {
			return err
		}
		repetitions, data = levelReader{rest: levels, most: lists}, rest
	}
	levels, data, err := section(data)
	if err != nil {
		return err
	}
	definitions, done := levelReader{rest: levels, most: depth}, 0
	for left := p.values; left > 0; {
		n := int(min(left, batch))
		definition, repetition := grow(&r.definition, n), []byte(nil)
		if err := definitions.read(definition); err != nil {
			return err
		}
		if lists > 0 {
			repetition = grow(&r.repetition, n)
			if err := repetitions.read(repetition); err != nil {
				return err
			}
		}
		m := count(definition, depth)
		if m > len(data)/8-done {
			return errors.New("a page lacks values")
		}
		values := grow(&r.values, m)
		split(values, data, done)
		if err := do(values, definition, repetition); err != nil {
			return err
		}
		done, left = done+m, left-int64(n)
	}
	if 8*done != len(data) {
		return fmt.Errorf("a page has %d bytes for %d values", len(data), done)
	}
	return nil
}

// count returns how many levels are the given one.
func count(levels []byte, level byte) (n int) {
	for _, l := range levels {
		if l == level {
			n++
		}
	}
	return n
}

// grow returns n elements of a buffer.
func grow[T any](buffer *[]T, n int) []T {
	if cap(*buffer) < n {
		*buffer = make([]T, n)
	}
	return (*buffer)[:n]
}
