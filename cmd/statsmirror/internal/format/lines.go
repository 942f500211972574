package format

import (
	"io"

	"statsmirror/store"
)

// lines are written one by one, so that a million rows need not fit in memory as text. The first
// error is kept.
type lines struct {
	w    io.Writer
	line []byte
	err  error
}

// add writes the bytes that element appends, and a line feed.
func (l *lines) add(element func([]byte) []byte) {
	if l.err == nil {
		l.line = append(element(l.line[:0]), '\n')
		_, l.err = l.w.Write(l.line)
	}
}

// WriteJSONLines writes each row as a JSON object on its own line, the training stats first.
func WriteJSONLines(w io.Writer, training store.TrainingStats, validation store.ValidationScores) error {
	l := lines{w: w}
	for i := range training.Len() {
		l.add(func(b []byte) []byte { return AppendTrainingRow(b, training, i) })
	}
	for i := range validation.Len() {
		l.add(func(b []byte) []byte { return AppendValidationRow(b, validation, i) })
	}
	return l.err
}
