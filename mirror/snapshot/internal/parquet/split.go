package parquet

import (
	"math"
	"slices"
)

// BYTE_STREAM_SPLIT has the lowest bytes of all doubles, then the second bytes, and so on.

// appendSplit appends doubles to b.
func appendSplit(b []byte, values []float64) []byte {
	n, from := len(values), len(b)
	b = slices.Grow(b, 8*n)[:from+8*n]
	stream := func(k int) []byte { return b[from+k*n:][:n] }
	s0, s1, s2, s3, s4, s5, s6, s7 := stream(0), stream(1), stream(2), stream(3), stream(4), stream(5), stream(6), stream(7)
	for i, v := range values {
		x := math.Float64bits(v)
		s0[i], s1[i], s2[i], s3[i] = byte(x), byte(x>>8), byte(x>>16), byte(x>>24)
		s4[i], s5[i], s6[i], s7[i] = byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56)
	}
	return b
}

// split reads doubles. data has 8 bytes for each.
func split(to []float64, data []byte) {
	n := len(to)
	clear(to)
	for k := range 8 {
		for i, b := range data[k*n:][:n] {
			to[i] = math.Float64frombits(math.Float64bits(to[i]) | uint64(b)<<(8*k))
		}
	}
}
