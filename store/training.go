package store

import "statsmirror/store/column"

// TrainingStats are the training statistics of one run, one row per iteration. The three columns
// have the same length.
type TrainingStats struct {
	Iteration column.Blocks[int64]
	Loss      column.Floats
	Time      column.Floats // of the iteration, in seconds
}

var _ Rows[TrainingStats] = TrainingStats{}

// Len returns the number of rows.
func (s TrainingStats) Len() int { return s.Iteration.Len() }

// TrainedUntil returns the highest iteration + 1; 0 without rows.
func (s TrainingStats) TrainedUntil() int64 { return until(s.Iteration) }

// Problems returns notes on rows as read from a file, for people to read. The rows are usable all
// the same.
func (s TrainingStats) Problems() []string { return problems(s.Iteration) }

func (s TrainingStats) iterations() column.Blocks[int64] { return s.Iteration }

func (s TrainingStats) equal(from, to int, other TrainingStats, at int) bool {
	return s.Loss.Equal(from, to, other.Loss, at) && s.Time.Equal(from, to, other.Time, at)
}

func (s TrainingStats) with(other TrainingStats, from, to int) TrainingStats {
	s.Iteration.AppendFrom(other.Iteration, from, to)
	s.Loss.AppendFrom(other.Loss, from, to)
	s.Time.AppendFrom(other.Time, from, to)
	return s
}
