package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// DELTA_BINARY_PACKED has the first value, then blocks of differences to the value before. A block
// has the lowest difference, and how much higher each is: in 4 parts with as many bits as the
// highest of the part needs. Sums and differences wrap around.
const (
	deltaBlock = 128
	deltaParts = 4
	deltaPart  = deltaBlock / deltaParts
)

// appendDeltas appends values to b.
func appendDeltas(b []byte, values []int64) []byte {
	b = append(b, deltaBlock&0x7f|0x80, deltaBlock>>7, deltaParts)
	b = binary.AppendUvarint(b, uint64(len(values)))
	b = binary.AppendVarint(b, values[0])
	for before, rest := values[0], values[1:]; len(rest) > 0; {
		var higher [deltaBlock]uint64
		n := min(deltaBlock, len(rest))
		least := rest[0] - before
		for i, v := range rest[:n] {
			higher[i] = uint64(v - before)
			least = min(least, v-before)
			before = v
		}
		for i := range higher[:n] {
			higher[i] -= uint64(least)
		}
		b = appendBlock(b, least, higher[:], n)
		rest = rest[n:]
	}
	return b
}

// appendBlock appends a block of n differences.
func appendBlock(b []byte, least int64, higher []uint64, n int) []byte {
	b = binary.AppendVarint(b, least)
	widths := len(b)
	b = append(b, make([]byte, deltaParts)...)
	for part := 0; part*deltaPart < n; part++ {
		all := uint64(0)
		some := higher[part*deltaPart:][:deltaPart]
		for _, v := range some {
			all |= v
		}
		width := bits.Len64(all)
		b[widths+part] = byte(width)
		b = appendBits(b, some, width)
	}
	return b
}

// appendBits appends 32 values of width bits.
func appendBits(b []byte, values []uint64, width int) []byte {
	held, n := uint64(0), 0
	for _, v := range values {
		held |= v << n
		if n += width; n >= 64 {
			b = binary.LittleEndian.AppendUint64(b, held)
			n -= 64
			held = v >> (width - n)
		}
	}
	for ; n > 0; n -= 8 {
		b = append(b, byte(held))
		held >>= 8
	}
	return b
}

var errDeltas = errors.New("a page is not in the encoding DELTA_BINARY_PACKED with blocks of 128 values in 4 parts")

// deltas reads values. There must be as many as to has.
func deltas(to []int64, data []byte) error {
	d := decoder{rest: data}
	if d.varint() != deltaBlock || d.varint() != deltaParts || d.varint() != uint64(len(to)) || len(to) == 0 {
		return errDeltas
	}
	value := d.zigzag()
	to[0] = value
	for to = to[1:]; len(to) > 0 && d.err == nil; {
		least, widths := d.zigzag(), d.take(deltaParts)
		for _, width := range widths {
			n := min(deltaPart, len(to))
			if n == 0 {
				break
			}
			packed := d.take(uint64(width) * deltaPart / 8)
			if d.err != nil || width > 64 {
				return errDeltas
			}
			addDeltas(to[:n], value, least, packed, int(width))
			value, to = to[n-1], to[n:]
		}
	}
	if d.err != nil {
		return errDeltas
	}
	return nil
}

// addDeltas reads a part of a block. value is the value before.
func addDeltas(to []int64, value, least int64, packed []byte, width int) {
	var padded [deltaPart*8 + 16]byte // so that each value can be read in two words
	copy(padded[:], packed)
	mask := uint64(1)<<width - 1 // all bits if width is 64
	for i := range to {
		at := i * width
		word := binary.LittleEndian.Uint64(padded[at/8:]) >> (at % 8)
		if at%8 > 0 {
			word |= uint64(padded[at/8+8]) << (64 - at%8)
		}
		value += least + int64(word&mask)
		to[i] = value
	}
}
