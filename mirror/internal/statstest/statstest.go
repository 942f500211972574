// Package statstest has helpers for the tests of a mirror: rows, and a [Site], which is a stats
// tree, the directory of a catalog, and a log, in a temporary directory.
package statstest

import (
	"math"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Training returns rows for iterations from to to-1. Rows of a different life have different
// values.
func Training(from, to int64, life float64) store.TrainingStats {
	var s store.TrainingStats
	for i := from; i < to; i++ {
		s.Iteration.Append(i)
		s.Loss.Append(life + 1/float64(i+2))
		s.Time.Append(0.25)
	}
	return s
}

// Validation returns one score for each iteration.
func Validation(life float64, iterations ...int64) store.ValidationScores {
	var s store.ValidationScores
	for _, i := range iterations {
		s.Iteration.Append(i)
		s.Scores.BeginRow()
		s.Scores.BeginOuter()
		s.Scores.BeginMiddle()
		s.Scores.Append(life + float64(i))
	}
	return s
}

// Row is a row of either kind.
type Row struct {
	Kind      store.Kind
	Iteration int64
	Value     uint64 // the bits of the loss, or of the score
}

// Rows is a set of rows.
type Rows map[Row]bool

// RowsOf returns the rows of a snapshot whose scores have one value each.
func RowsOf(s *snapshot.Snapshot) Rows {
	rows := RowsOfTraining(s.Training)
	for i, iteration := range s.Validation.Iteration.All() {
		rows[Row{store.Validation, iteration, math.Float64bits(s.Validation.Scores.Values.At(i))}] = true
	}
	return rows
}

// RowsOfTraining returns the rows of training stats.
func RowsOfTraining(s store.TrainingStats) Rows {
	rows := Rows{}
	for i, iteration := range s.Iteration.All() {
		rows[Row{store.Training, iteration, math.Float64bits(s.Loss.At(i))}] = true
	}
	return rows
}

// In reports whether all rows are among others.
func (r Rows) In(others Rows) bool {
	for row := range r {
		if !others[row] {
			return false
		}
	}
	return true
}
