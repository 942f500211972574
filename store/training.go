package store

import "statsmirror/store/column"

// TrainingStats are the training statistics of one run, a row an iteration.
// The three columns have the same length.
type TrainingStats struct {
	Iteration []int64
	Loss      column.Floats
	Time      column.Floats // seconds that the iteration took
}
