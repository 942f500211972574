package parquet

import (
	"encoding/binary"
	"io"
)

// Before compression, a page has about pageSize bytes. So that it has, it has at most pageValues
// values.
const (
	pageSize   = 1 << 20
	pageValues = pageSize / 8
)

// A Writer writes the columns of row groups, one after the other. It keeps its buffers for reuse.
type Writer struct {
	Codec int64

	to     io.Writer
	at     int64 // in the file
	head   []byte
	page   []byte
	packed []byte
}

// Reset makes w write to another file, at an offset.
func (w *Writer) Reset(to io.Writer, at int64) { w.to, w.at = to, at }

// Text writes a column of required byte arrays, all equal. The dictionary has the one value.
func (w *Writer) Text(value string, rows int) (Chunk, error) {
	c := Chunk{Codec: w.Codec, encoding: rleDictionary, Dictionary: w.at, bounds: []string{value, value}}
	w.page = append(binary.LittleEndian.AppendUint32(w.page[:0], uint32(len(value))), value...)
	if err := w.add(&c, &page{kind: dictionaryPage, values: 1, encoding: plain}); err != nil {
		return c, err
	}
	c.Data = w.at
	w.page = append(w.page[:0], 1) // bit of an index
	w.page = append(binary.AppendUvarint(w.page, uint64(rows)<<1), 0)
	return c, w.add(&c, &page{values: int64(rows), encoding: rleDictionary})
}

// Ints writes a column of required integers, which ascend. There must be one or more.
func (w *Writer) Ints(values []int64) (Chunk, error) {
	c := Chunk{Codec: w.Codec, encoding: deltaBinaryPacked, Data: w.at}
	text := func(v int64) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(v))) }
	c.bounds = []string{text(values[0]), text(values[len(values)-1])}
	for len(values) > 0 {
		n := min(len(values), pageValues)
		w.page = appendDeltas(w.page[:0], values[:n])
		if err := w.add(&c, &page{values: int64(n), encoding: deltaBinaryPacked}); err != nil {
			return c, err
		}
		values = values[n:]
	}
	return c, nil
}

// Doubles writes a column of doubles. A value exists where the definition level is depth. If lists
// is not 0, the repetition levels are at most lists; else there are none.
func (w *Writer) Doubles(values []float64, definition, repetition []byte, depth, lists byte) (Chunk, error) {
	c := Chunk{Codec: w.Codec, encoding: byteStreamSplit, Data: w.at}
	for from := 0; from < len(definition); {
		to := pageEnd(from, len(definition), repetition)
		w.page = w.page[:0]
		if lists > 0 {
			w.addLevels(repetition[from:to], lists)
		}
		w.addLevels(definition[from:to], depth)
		n := count(definition[from:to], depth)
		w.page = appendSplit(w.page, values[:n])
		values = values[n:]
		if err := w.add(&c, &page{values: int64(to - from), encoding: byteStreamSplit}); err != nil {
			return c, err
		}
		from = to
	}
	return c, nil
}

// pageEnd returns where a page ends that begins with level from of n. If possible, it ends before a
// row.
func pageEnd(from, n int, repetition []byte) int {
	if n-from <= pageValues {
		return n
	}
	to := from + pageValues
	if repetition == nil {
		return to
	}
	for end := to; end > from; end-- {
		if repetition[end] == 0 {
			return end
		}
	}
	return to
}

// addLevels adds levels, behind their size, to the page.
func (w *Writer) addLevels(levels []byte, most byte) {
	from := len(w.page)
	w.page = appendLevels(append(w.page, 0, 0, 0, 0), levels, most)
	binary.LittleEndian.PutUint32(w.page[from:], uint32(len(w.page)-from-4))
}

// add writes the page.
func (w *Writer) add(c *Chunk, p *page) error {
	packed := w.page
	if c.Codec == Zstd {
		w.packed = compressor.EncodeAll(w.page, w.packed[:0])
		packed = w.packed
	}
	p.unpacked, p.packed, p.crc = int64(len(w.page)), int64(len(packed)), checksum(packed)
	w.head = p.appendHeader(w.head[:0])
	for _, b := range [2][]byte{w.head, packed} {
		n, err := w.to.Write(b)
		w.at += int64(n)
		if err != nil {
			return err
		}
	}
	c.Size += int64(len(w.head) + len(packed))
	c.unpacked += int64(len(w.head) + len(w.page))
	if p.kind == dataPage {
		c.pages++
		c.Values += p.values
	}
	return nil
}
