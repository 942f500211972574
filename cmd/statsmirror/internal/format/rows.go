package format

import (
	"strconv"

	"statsmirror/store"
	"statsmirror/store/column"
)

// AppendTrainingRow appends row i as a JSON object: {"iteration", "loss", "time"}.
func AppendTrainingRow(b []byte, s store.TrainingStats, i int) []byte {
	b = strconv.AppendInt(append(b, `{"iteration": `...), s.Iteration.At(i), 10)
	b = appendValue(append(b, `, "loss": `...), s.Loss, i)
	b = appendValue(append(b, `, "time": `...), s.Time, i)
	return append(b, '}')
}

// AppendValidationRow appends row i as a JSON object: {"iteration", "scores"}.
func AppendValidationRow(b []byte, s store.ValidationScores, i int) []byte {
	b = strconv.AppendInt(append(b, `{"iteration": `...), s.Iteration.At(i), 10)
	b = AppendScores(append(b, `, "scores": `...), s.Scores, i)
	return append(b, '}')
}

// AppendScores appends row i of n as lists in JSON, by dataset, parameters and criterion, or
// null.
func AppendScores(b []byte, n column.Nested, i int) []byte {
	if n.IsNull(i) {
		return append(b, "null"...)
	}
	return appendList(b, n.Outer, i, func(b []byte, dataset int) []byte {
		return appendList(b, n.Middle, dataset, func(b []byte, parameters int) []byte {
			return appendList(b, n.Inner, parameters, func(b []byte, criterion int) []byte {
				return appendValue(b, n.Values, criterion)
			})
		})
	})
}

// appendList appends list n, whose bounds are in offsets, as a list in JSON.
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
