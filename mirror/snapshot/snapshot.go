// Package snapshot reads and writes the consolidated state of a run as one Parquet file, in the
// format of FORMAT.md. It also names such files.
package snapshot

import (
	"time"

	"statsmirror/store"
)

// Snapshot is the consolidated state of one run, as in FORMAT.md.
type Snapshot struct {
	Run        string
	Generation int64 // 1 for the first
	Training   store.TrainingStats
	Validation store.ValidationScores
	Sources    []store.Source // the files merged last
	Ended      time.Time      // when the generation ended; zero for the current one, or if unknown

	groups []groupEnd // the groups that the rows were read in, as long as the rows stay the same
}

// meta describes s. Its hash is not set.
func (s *Snapshot) meta() Meta {
	return Meta{
		Run:            s.Run,
		Generation:     s.Generation,
		TrainedUntil:   s.Training.TrainedUntil(),
		ValidatedUntil: s.Validation.ValidatedUntil(),
		TrainingRows:   int64(s.Training.Len()),
		ValidationRows: int64(s.Validation.Len()),
		Sources:        s.Sources,
		Ended:          s.Ended,
	}
}

// reset removes all rows and keeps their memory for reuse.
func (s *Snapshot) reset() {
	s.resetTraining()
	s.resetValidation()
	s.groups = s.groups[:0]
}

// keep removes the rows of the other kind.
func (s *Snapshot) keep(kind store.Kind) {
	if kind == store.Training {
		s.resetValidation()
	} else {
		s.resetTraining()
	}
	s.groups = s.groups[:0]
}

func (s *Snapshot) resetTraining() {
	s.Training.Iteration.Reset()
	s.Training.Loss.Reset()
	s.Training.Time.Reset()
}

func (s *Snapshot) resetValidation() {
	s.Validation.Iteration.Reset()
	s.Validation.Scores.Reset()
}

// whole returns all rows of s. Rows that were read in groups stay in those groups, so that s keeps
// its hash however it was cut when it was written.
func (s *Snapshot) whole() part {
	p := part{training: s.Training, validation: s.Validation, trainedTo: s.Training.Len(), validatedTo: s.Validation.Len()}
	if n := len(s.groups); n > 0 && s.groups[n-1] == (groupEnd{p.trainedTo, p.validatedTo}) {
		p.groups = s.groups
	}
	return p
}
