// Package snapshot reads and writes the consolidated state of a run as one
// Parquet file, whose format is in FORMAT.md, and names such files.
package snapshot

import (
	"time"

	"statsmirror/store"
)

// Snapshot is the consolidated state of one run: what FORMAT.md describes.
type Snapshot struct {
	Run        string
	Generation int64 // 1 for the first
	Training   store.TrainingStats
	Validation store.ValidationScores
	Sources    []store.Source // the files whose content was merged last
	Ended      time.Time      // when the generation ended, zero for the current one and where it is not known

	groups []groupEnd // those that it was read in, as long as its rows are those
}

// meta describes s, but for its hash.
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

// reset removes all rows. Their memory takes others.
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

// whole returns all rows of s. What was read in groups is cut into the same, so that it
// keeps its hash, however it was cut when it was written.
func (s *Snapshot) whole() part {
	p := part{training: s.Training, validation: s.Validation, trainedTo: s.Training.Len(), validatedTo: s.Validation.Len()}
	if n := len(s.groups); n > 0 && s.groups[n-1] == (groupEnd{p.trainedTo, p.validatedTo}) {
		p.groups = s.groups
	}
	return p
}
