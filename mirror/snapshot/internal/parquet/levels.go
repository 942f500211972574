package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Levels and the indices of a dictionary are in the hybrid of run-length encoding and bit-packing:
// each run begins with its length, doubled, and one value; or with the number of groups of 8
// values, doubled, and 1, and these values in as few bits as the highest needs.

func widthOf(most byte) int { return bits.Len8(most) }

// appendLevels appends levels of at most most to b.
func appendLevels(b []byte, levels []byte, most byte) []byte {
	width := widthOf(most)
	pending := 0 // levels before i that are to be bit-packed
	for i := 0; i < len(levels); {
		run := 1
		for i+run < len(levels) && levels[i+run] == levels[i] {
			run++
		}
		if run >= 8 {
			fill := -pending & 7 // a group has 8
			if run-fill >= 8 || i+run == len(levels) && run > fill {
				b = appendPacked(b, levels[i-pending:i+fill], width)
				b = binary.AppendUvarint(b, uint64(run-fill)<<1)
				b = append(b, levels[i])
				i, pending = i+run, 0
				continue
			}
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
	for len(levels) > 0 {
		var group uint64
		for k, v := range levels[:min(8, len(levels))] {
			group |= uint64(v) << (k * width)
		}
		for k := range width {
			b = append(b, byte(group>>(8*k)))
		}
		levels = levels[min(8, len(levels)):]
	}
	return b
}

// levelReader reads levels of at most most.
type levelReader struct {
	rest   []byte
	most   byte
	run    uint64 // values left in a run of equal ones
	value  byte
	packed uint64 // values left in bit-packed groups, without those of group
	group  uint64 // the next bit-packed values
	held   int    // values in group
}

var errLevels = errors.New("a page has wrong levels")

// read reads the next levels. It returns an error if there are fewer.
func (r *levelReader) read(to []byte) error {
	for len(to) > 0 {
		switch {
		case r.run > 0:
			n := int(min(r.run, uint64(len(to))))
			for i := range to[:n] {
				to[i] = r.value
			}
			r.run -= uint64(n)
			to = to[n:]
		case r.held > 0:
			n, width := min(r.held, len(to)), widthOf(r.most)
			for i := range to[:n] {
				if to[i] = byte(r.group) & (1<<width - 1); to[i] > r.most {
					return errLevels
				}
				r.group >>= width
			}
			r.held -= n
			to = to[n:]
		default:
			if err := r.next(); err != nil {
				return err
			}
		}
	}
	return nil
}

// next begins a run or the next bit-packed group.
func (r *levelReader) next() error {
	width := widthOf(r.most)
	if r.packed > 0 {
		if len(r.rest) < width {
			return errLevels
		}
		r.group, r.held = 0, 8
		for k := range width {
			r.group |= uint64(r.rest[k]) << (8 * k)
		}
		r.rest = r.rest[width:]
		r.packed--
		return nil
	}
	header, n := binary.Uvarint(r.rest)
	if n <= 0 || header>>1 == 0 {
		return errLevels
	}
	r.rest = r.rest[n:]
	if header&1 == 1 {
		r.packed = header >> 1
		return nil
	}
	r.run, r.value = header>>1, 0
	if width > 0 {
		if len(r.rest) == 0 || r.rest[0] > r.most {
			return errLevels
		}
		r.value, r.rest = r.rest[0], r.rest[1:]
	}
	return nil
}
