package main

import (
	"io"
	"strconv"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/column"
)

// lines are written one by one, so that a million rows need not stand in memory as
// text. The first error is kept.
type lines struct {
	w    io.Writer
	line []byte
	err  error
}

// add writes what element appends, and a line feed.
func (l *lines) add(element func([]byte) []byte) {
	if l.err == nil {
		l.line = append(element(l.line[:0]), '\n')
		_, l.err = l.w.Write(l.line)
	}
}

// writeTrainingCSV writes a line a row: iteration,loss,time.
func writeTrainingCSV(w io.Writer, s store.TrainingStats) error {
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

// writeValidationCSV writes a line a score: iteration,dataset,parameters,criterion,score,
// where the three between are positions, from 0. An iteration without scores has none.
func writeValidationCSV(w io.Writer, s store.ValidationScores) error {
	l := lines{w: w}
	l.add(func(b []byte) []byte { return append(b, "iteration,dataset,parameters,criterion,score"...) })
	for i := range s.Len() {
		s.Scores.Visit(i, func(dataset, parameters, criterion, value int) {
			l.add(func(b []byte) []byte {
				b = strconv.AppendInt(b, s.Iteration.At(i), 10)
				for _, position := range []int{dataset, parameters, criterion} {
					b = strconv.AppendInt(append(b, ','), int64(position), 10)
				}
				return appendCSVFloat(append(b, ','), s.Scores.Values, value)
			})
		})
	}
	return l.err
}

// writeJSONLines writes a row a line, the training stats first; only those or only the
// validation scores if what says so.
func writeJSONLines(w io.Writer, s *snapshot.Snapshot, what string) error {
	l := lines{w: w}
	if what != "validation" {
		for i := range s.Training.Len() {
			l.add(func(b []byte) []byte { return appendTrainingRow(b, s.Training, i) })
		}
	}
	if what != "training" {
		for i := range s.Validation.Len() {
			l.add(func(b []byte) []byte { return appendValidationRow(b, s.Validation, i) })
		}
	}
	return l.err
}

// appendCSVFloat appends value i as JSON has it but for the quotes, nothing for a null.
func appendCSVFloat(b []byte, f column.Floats, i int) []byte {
	if f.IsNull(i) {
		return b
	}
	return append(b, plain(f, i)...)
}
