package store

import "statsmirror/store/column"

// ValidationScores are the validation scores of one run, one row per iteration. Each row's scores
// are nested dataset x post-processing parameters x criterion. The two columns have the same
// length.
type ValidationScores struct {
	Iteration column.Blocks[int64]
	Scores    column.Nested
}

var _ Rows[ValidationScores] = ValidationScores{}

// Len returns the number of rows.
func (s ValidationScores) Len() int { return s.Iteration.Len() }

// ValidatedUntil returns the highest iteration + 1; 0 without rows.
func (s ValidationScores) ValidatedUntil() int64 { return until(s.Iteration) }

// Problems returns notes on rows as read from a file, for people to read. The rows are usable all
// the same.
func (s ValidationScores) Problems() []string { return problems(s.Iteration) }

func (s ValidationScores) iterations() column.Blocks[int64] { return s.Iteration }

func (s ValidationScores) equal(from, to int, other ValidationScores, at int) bool {
	for i := from; i < to; i++ {
		if !s.Scores.EqualRow(i, other.Scores, at+i-from) {
			return false
		}
	}
	return true
}

func (s ValidationScores) with(other ValidationScores, from, to int) ValidationScores {
	s.Iteration.AppendFrom(other.Iteration, from, to)
	s.Scores.AppendFrom(other.Scores, from, to)
	return s
}
