package parquet

import (
	"bytes"
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

// Text checks that a column has the value in all rows.
func (r *Reader) Text(c Chunk, value string, rows int) error {
	entry := append(binary.LittleEndian.AppendUint32(nil, uint32(len(value))), value...)
	known := false
	err := r.each(c, int64(rows), func(p *page) error {
		switch {
		case p.kind == dictionaryPage && !known && p.values == 1 && p.encoding == plain && bytes.Equal(p.data, entry):
			known = true
			return nil
		case p.kind != dataPage || p.encoding != rleDictionary || !known || len(p.data) == 0 || p.data[0] > 1:
			return fmt.Errorf("its value is not %q alone", value)
		}
		indices := grow(&r.definition, int(p.values))
		if err := readLevels(indices, p.data[1:], p.data[0]); err != nil {
			return err
		}
		if slices.Contains(indices, 1) {
			return errors.New("an index is not in the dictionary")
		}
		return nil
	})
	if err == nil && !known {
		err = errors.New("it has no value")
	}
	return err
}

// Ints reads a column of required integers, which must have as many as to.
func (r *Reader) Ints(c Chunk, to []int64) error {
	return r.each(c, int64(len(to)), func(p *page) error {
		if p.kind != dataPage || p.encoding != deltaBinaryPacked {
			return fmt.Errorf("a page has encoding %d", p.encoding)
		}
		err := deltas(to[:p.values], p.data)
		to = to[p.values:]
		return err
	})
}

// Doubles reads a column of doubles, and passes it on page by page: the existing values and all
// levels, as Writer.Doubles takes them. The column must have as many as the chunk claims, nulls
// included, and takes memory for them.
func (r *Reader) Doubles(c Chunk, depth, lists byte, do func(values []float64, definition, repetition []byte) error) error {
	return r.each(c, c.Values, func(p *page) error {
		if p.kind != dataPage || p.encoding != byteStreamSplit || p.definition != rle || p.repetition != rle {
			return fmt.Errorf("a page has encodings %d, %d and %d", p.encoding, p.definition, p.repetition)
		}
		data, repetition := p.data, []byte(nil)
		var err error
		if lists > 0 {
			repetition = grow(&r.repetition, int(p.values))
			if data, err = cutLevels(repetition, data, lists); err != nil {
				return err
			}
		}
		definition := grow(&r.definition, int(p.values))
		if data, err = cutLevels(definition, data, depth); err != nil {
			return err
		}
		n := count(definition, depth)
		if len(data) != 8*n {
			return fmt.Errorf("a page has %d bytes for %d values", len(data), n)
		}
		values := grow(&r.values, n)
		split(values, data)
		return do(values, definition, repetition)
	})
}

// each calls do with each page of a column that has as many values, nulls included.
func (r *Reader) each(c Chunk, values int64, do func(p *page) error) error {
	pages := pages{r, c.Codec, c.Start(), c.Start() + c.Size}
	for {
		p, err := pages.next()
		if err != nil {
			return err
		}
		if p == nil {
			break
		}
		if p.kind != dictionaryPage {
			values -= p.values
		}
		if values < 0 {
			return fmt.Errorf("it has %d values too many", -values)
		}
		if err := do(p); err != nil {
			return err
		}
	}
	if values > 0 {
		return fmt.Errorf("it lacks %d values", values)
	}
	return nil
}

// cutLevels reads levels of at most most, which begin with their size, and returns the data behind
// them.
func cutLevels(to, data []byte, most byte) (rest []byte, err error) {
	if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
		return nil, errLevels
	}
	n := 4 + int(binary.LittleEndian.Uint32(data))
	return data[n:], readLevels(to, data[4:n], most)
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
