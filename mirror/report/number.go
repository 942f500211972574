package report

import (
	"strconv"

	"statsmirror/store/column"
)

// largest is the largest number that is still finite when written with four digits.
const largest = 1.797e308

// Number is written with four digits. If JSON has no number for it, it is the string "NaN",
// "Infinity" or "-Infinity".
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) { return n.append(nil), nil }

func (n Number) append(b []byte) []byte {
	if text := column.NotFinite(float64(n)); text != "" {
		return strconv.AppendQuote(b, text)
	}
	return strconv.AppendFloat(b, min(max(float64(n), -largest), largest), 'g', 4, 64)
}

// Line holds the Y values of a line. Values that are not finite become null in JSON and interrupt
// the line.
type Line []float64

// MarshalJSON implements json.Marshaler.
func (l Line) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		if column.NotFinite(v) != "" {
			b = append(b, "null"...)
		} else {
			b = Number(v).append(b)
		}
	}
	return append(b, ']'), nil
}
