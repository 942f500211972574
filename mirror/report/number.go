package report

import (
	"strconv"

	"statsmirror/store/column"
)

// largest is the largest number that is still finite when written with seven digits.
const largest = 1.797693e308

// Number is written with seven digits. If JSON has no number for it, it is the string "NaN",
// "Infinity" or "-Infinity".
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) { return n.append(nil), nil }

func (n Number) append(b []byte) []byte {
	if text := column.NotFinite(float64(n)); text != "" {
		return strconv.AppendQuote(b, text)
	}
	return strconv.AppendFloat(b, min(max(float64(n), -largest), largest), 'g', 7, 64)
}
