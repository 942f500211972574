package main

import (
	"math"
	"strconv"
	"strings"

	"statsmirror/store"
	"statsmirror/store/column"
)

// appendTrainingRow appends row i as JSON: {"iteration", "loss", "time"}.
func appendTrainingRow(b []byte, s store.TrainingStats, i int) []byte {
	b = strconv.AppendInt(append(b, `{"iteration": `...), s.Iteration.At(i), 10)
	b = appendFloat(append(b, `, "loss": `...), s.Loss, i)
	b = appendFloat(append(b, `, "time": `...), s.Time, i)
	return append(b, '}')
}

// appendValidationRow appends row i as JSON: {"iteration", "scores"}.
func appendValidationRow(b []byte, s store.ValidationScores, i int) []byte {
	b = strconv.AppendInt(append(b, `{"iteration": `...), s.Iteration.At(i), 10)
	b = appendScores(append(b, `, "scores": `...), s.Scores, i)
	return append(b, '}')
}

// appendScores appends row i of n as JSON lists.
func appendScores(b []byte, n column.Nested, i int) []byte {
	if n.IsNull(i) {
		return append(b, "null"...)
	}
	return appendList(b, n.Outer, i, func(b []byte, dataset int) []byte {
		return appendList(b, n.Middle, dataset, func(b []byte, parameters int) []byte {
			return appendList(b, n.Inner, parameters, func(b []byte, criterion int) []byte {
				return appendFloat(b, n.Values, criterion)
			})
		})
	})
}

// appendList appends list n of those that offsets delimit as a JSON list.
func appendList(b []byte, offsets column.Blocks[int], n int, element func([]byte, int) []byte) []byte {
	from, to := column.Bounds(offsets, n)
	b = append(b, '[')
	for i := from; i < to; i++ {
		if i > from {
			b = append(b, ", "...)
		}
		b = element(b, i)
	}
	return append(b, ']')
}

// appendFloat appends value i as the shortest JSON number that reads back to
// the same double (always with a point or an exponent, so that it reads back
// as a double and -0.0 keeps its sign), as the string "NaN", "Infinity" or
// "-Infinity", or as null.
func appendFloat(b []byte, f column.Floats, i int) []byte {
	if f.IsNull(i) {
		return append(b, "null"...)
	}
	switch v := f.At(i); {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	default:
		number := strconv.FormatFloat(v, 'g', -1, 64)
		b = append(b, number...)
		if !strings.ContainsAny(number, ".e") {
			b = append(b, ".0"...)
		}
		return b
	}
}

// plain appends value i as text for a person, without quotes.
func plain(f column.Floats, i int) string {
	return strings.Trim(string(appendFloat(nil, f, i)), `"`)
}
