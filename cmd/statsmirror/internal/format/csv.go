package format

import (
	"io"
	"strconv"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/store"
	"statsmirror/store/column"
)

// WriteTrainingCSV writes a heading and a line for each row: iteration,loss,time. A null is empty;
// other values are as in JSON, without quotes.
func WriteTrainingCSV(w io.Writer, s store.TrainingStats) error {
	l := lines{w: w}
	l.add(func(b []byte) []byte { return append(b, "iteration,loss,time"...) })
	for i := range s.Len() {
		l.add(func(b []byte) []byte {
			b = strconv.AppendInt(b, s.Iteration.At(i), 10)
			b = appendCSVFloat(append(b, ','), s.Loss, i)
			return appendCSVFloat(append(b, ','), s.Time, i)
		})
	}
	return l.err
}

// WriteValidationCSV writes a heading and a line for each score:
// iteration,dataset,parameters,criterion,score. Dataset, parameters and criterion are positions,
// counted from 0; the criterion is a name if it has one. An iteration without scores has no line.
func WriteValidationCSV(w io.Writer, s store.ValidationScores, names criteria.List) error {
	l := lines{w: w}
	l.add(func(b []byte) []byte { return append(b, "iteration,dataset,parameters,criterion,score"...) })
	for i := range s.Len() {
		s.Scores.Visit(i, func(dataset, parameters, criterion, value int) {
			l.add(func(b []byte) []byte {
				b = strconv.AppendInt(b, s.Iteration.At(i), 10)
				for _, position := range []int{dataset, parameters} {
					b = strconv.AppendInt(append(b, ','), int64(position), 10)
				}
				b = append(append(b, ','), names.Label(criterion)...)
				return appendCSVFloat(append(b, ','), s.Scores.Values, value)
			})
		})
	}
	return l.err
}

// appendCSVFloat appends value i as JSON without quotes; nothing for a null.
func appendCSVFloat(b []byte, f column.Floats, i int) []byte {
	if f.IsNull(i) {
		return b
	}
	return append(b, Plain(f, i)...)
}
