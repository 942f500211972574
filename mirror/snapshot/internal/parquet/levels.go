package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// Levels and the indices of a dictionary are in the hybrid of run-length encoding and bit-packing:
// each run begins with its length, doubled, and one value; or with the number of groups of 8
// values, doubled, and 1, and these values in as few bits as the highest needs.

// appendLevels appends levels of at most most to b.
func appendLevels(b []byte, levels []byte, most byte) []byte {
	width := bits.Len8(most)
	pending := 0 // levels before i that are to be bit-packed
	for i := 0; i < len(levels); {
		run := 1
		for i+run < len(levels) && levels[i+run] == levels[i] {
			run++
		}
		if fill := -pending & 7; run >= 8+fill { // a group has 8
			b = appendPacked(b, levels[i-pending:i+fill], width)
			b = binary.AppendUvarint(b, uint64(run-fill)<<1)
			b = append(b, levels[i])
			i, pending = i+run, 0
			continue
		}
		i, pending = i+run, pending+run
	}
	return appendPacked(b, levels[len(levels)-pending:], width)
}

// appendPacked appends levels in groups of 8. Only the last group of a page may lack some.
func appendPacked(b []byte, levels []byte, width int) []byte {
	if len(levels) == 0 {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(levels)+7)/8<<1|1)
	for group := range slices.Chunk(levels, 8) {
		var packed uint64
		for k, v := range group {
			packed |= uint64(v) << (k * width)
		}
		for k := range width {
			b = append(b, byte(packed>>(8*k)))
		}
	}
	return b
}

var errLevels = errors.New("a page has wrong levels")

// readLevels reads levels of at most most. It returns an error if there are fewer.
func readLevels(to []byte, data []byte, most byte) error {
	width, all := bits.Len8(most), to
	for len(to) > 0 {
		header, size := binary.Uvarint(data)
		if size <= 0 || header>>1 == 0 {
			return errLevels
		}
		data = data[size:]
		if header&1 == 1 {
			n := int(min(header>>1, uint64(len(to)+7)/8)) * 8
			if len(data) < n/8*width {
				return errLevels
			}
			unpack(to[:min(n, len(to))], data, width)
			data, to = data[n/8*width:], to[min(n, len(to)):]
			continue
		}
		n, value := int(min(header>>1, uint64(len(to)))), byte(0)
		if width > 0 {
			if len(data) == 0 {
				return errLevels
			}
			value, data = data[0], data[1:]
		}
		for i := range to[:n] {
			to[i] = value
		}
		to = to[n:]
	}
	if len(all) > 0 && slices.Max(all) > most {
		return errLevels
	}
	return nil
}

// unpack reads groups of 8 levels. The last may lack some.
func unpack(to []byte, data []byte, width int) {
	for len(to) > 0 {
		var packed uint64
		for k := range width {
			packed |= uint64(data[k]) << (8 * k)
		}
		group := to[:min(8, len(to))]
		for k := range group {
			group[k] = byte(packed>>(k*width)) & (1<<width - 1)
		}
		data, to = data[width:], to[len(group):]
	}
}
