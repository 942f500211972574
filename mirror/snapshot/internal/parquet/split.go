package parquet

import (
	"encoding/binary"
	"math"
)

// BYTE_STREAM_SPLIT has the lowest bytes of all doubles, then the second bytes, and so on.

// appendSplit appends doubles to b.
func appendSplit(b []byte, values []float64) []byte {
	n := len(values)
	from := len(b)
	b = append(b, make([]byte, 8*n)...)
	to := b[from:]
	i := 0
	for ; i+8 <= n; i += 8 {
		var words [8]uint64
		for k, v := range values[i : i+8] {
			words[k] = math.Float64bits(v)
		}
		transpose(&words)
		for k, w := range words {
			binary.LittleEndian.PutUint64(to[k*n+i:], w)
		}
	}
	for ; i < n; i++ {
		bits := math.Float64bits(values[i])
		for k := range 8 {
			to[k*n+i] = byte(bits >> (8 * k))
		}
	}
	return b
}

// split reads doubles from i on into to. data holds all doubles of a page.
func split(to []float64, data []byte, i int) {
	n, done := len(data)/8, 0
	for ; done+8 <= len(to); done += 8 {
		var words [8]uint64
		for k := range words {
			words[k] = binary.LittleEndian.Uint64(data[k*n+i+done:])
		}
		transpose(&words)
		for k, w := range words {
			to[done+k] = math.Float64frombits(w)
		}
	}
	for ; done < len(to); done++ {
		bits := uint64(0)
		for k := range 8 {
			bits |= uint64(data[k*n+i+done]) << (8 * k)
		}
		to[done] = math.Float64frombits(bits)
	}
}

// transpose exchanges byte i of word k with byte k of word i.
func transpose(w *[8]uint64) {
	for i := range 4 {
		t := (w[i]>>32 ^ w[i+4]) & 0x00000000ffffffff
		w[i], w[i+4] = w[i]^t<<32, w[i+4]^t
	}
	for _, i := range [4]int{0, 1, 4, 5} {
		t := (w[i]>>16 ^ w[i+2]) & 0x0000ffff0000ffff
		w[i], w[i+2] = w[i]^t<<16, w[i+2]^t
	}
	for _, i := range [4]int{0, 2, 4, 6} {
		t := (w[i]>>8 ^ w[i+1]) & 0x00ff00ff00ff00ff
		w[i], w[i+1] = w[i]^t<<8, w[i+1]^t
	}
}
