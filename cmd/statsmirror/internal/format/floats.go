package format

import (
	"bytes"
	"strconv"
	"strings"

	"statsmirror/store/column"
)

// AppendFloat appends a double as JSON: the shortest number that reads back to the same double,
// or the string "NaN", "Infinity" or "-Infinity". A number has a point or an exponent, so that
// it reads back as a double and -0.0 keeps its sign.
func AppendFloat(b []byte, v float64) []byte {
	if text := column.NotFinite(v); text != "" {
		return strconv.AppendQuote(b, text)
	}
	from := len(b)
	b = strconv.AppendFloat(b, v, 'g', -1, 64)
	if !bytes.ContainsAny(b[from:], ".e") {
		b = append(b, ".0"...)
	}
	return b
}

// appendValue appends value i of a column as JSON.
func appendValue(b []byte, f column.Floats, i int) []byte {
	if f.IsNull(i) {
		return append(b, "null"...)
	}
	return AppendFloat(b, f.At(i))
}

// Plain returns value i of a column as AppendFloat does, without quotes, or null.
func Plain(f column.Floats, i int) string {
	return strings.Trim(string(appendValue(nil, f, i)), `"`)
}

// Brief returns a number with four digits, or with three if its text has an exponent.
func Brief(v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(v, 'g', 3, 64)
	}
	return text
}
