package store

import "statsmirror/store/column"

// ValidationScores are the validation scores of one run, a row an iteration.
// Each row's scores are nested dataset x post-processing parameters x
// criterion. The two columns have the same length.
type ValidationScores struct {
	Iteration []int64
	Scores    column.Nested
}
