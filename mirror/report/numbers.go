package report

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"

	"statsmirror/store/column"
)

// Numbers are the values of one axis of a curve; a missing value is NaN.
//
// In JSON they are [count, first, step, last] if all but the last are evenly spaced. Otherwise they
// are a string: two characters for the type, then the values in base64, the lowest byte first. The
// types are u1, u2, f4 and f8, as numpy names them; [narrowest] says when each is enough.
type Numbers []float64

var types = []string{"u1", "u2", "f4", "f8"}

// MarshalJSON implements json.Marshaler.
func (n Numbers) MarshalJSON() ([]byte, error) {
	if step, ok := n.step(); ok {
		var first, last float64
		if len(n) > 0 {
			first, last = n[0], n[len(n)-1]
		}
		return json.Marshal([]float64{float64(len(n)), first, step, last})
	}
	width := 0
	for _, v := range n {
		width = max(width, narrowest(v))
	}
	b := make([]byte, 0, len(n)<<width)
	for _, v := range n {
		switch width {
		case 0:
			b = append(b, byte(v))
		case 1:
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		case 2:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		default:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return strconv.AppendQuote(nil, types[width]+base64.StdEncoding.EncodeToString(b)), nil
}

// step returns the distance between two values, if all but the last are evenly spaced.
func (n Numbers) step() (step float64, even bool) {
	if len(n) > 2 {
		step = n[1] - n[0]
	}
	for i, v := range n {
		if column.NotFinite(v) != "" || i < len(n)-1 && n[0]+float64(i)*step != v {
			return 0, false
		}
	}
	return step, column.NotFinite(step) == ""
}

// narrowest returns which of the types keeps a value. Whole numbers stay exact. Others may lose what
// follows their seventh digit, but do not become 0 or infinite.
func narrowest(v float64) int {
	isWhole := v == math.Trunc(v)
	switch size := math.Abs(v); {
	case isWhole && size <= math.MaxUint8 && !math.Signbit(v):
		return 0
	case isWhole && size <= math.MaxUint16 && !math.Signbit(v):
		return 1
	case math.IsNaN(v), float64(float32(v)) == v, !isWhole && size > 1e-37 && size < 1e38:
		return 2
	}
	return 3
}
