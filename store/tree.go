package store

import (
	"context"
	"errors"
	"time"
)

// DefaultQuiet is the quiet period of a Tree that names none.
const DefaultQuiet = 100 * time.Millisecond

// Tree reads a stats tree: training_stats and validation_scores in Dir, with an
// entry for each run in either or both. An entry is a file, or a directory of
// which all files together are the run; directories below it are ignored.
//
// Dir is opened anew in each call, so that it may be removed and made again.
// Nothing outside of it is read, and no symbolic link in it is followed.
type Tree struct {
	Dir string

	// Quiet is how long ago the last modification of a file must be when it is
	// read. Default 100 ms.
	Quiet time.Duration
}

var errTODO = errors.New("not there yet")

// Runs returns the names of all runs, in order.
func (t Tree) Runs() ([]string, error) { return nil, errTODO }

// Stat returns the files of a run's statistics of one kind with their stamps,
// without reading them. The error matches fs.ErrNotExist if there are none.
func (t Tree) Stat(run string, kind Kind) ([]Source, error) { return nil, errTODO }

// ReadTraining reads the training stats of a run.
func (t Tree) ReadTraining(ctx context.Context, run string) (File[TrainingStats], error) {
	return File[TrainingStats]{}, errTODO
}

// ReadValidation reads the validation scores of a run.
func (t Tree) ReadValidation(ctx context.Context, run string) (File[ValidationScores], error) {
	return File[ValidationScores]{}, errTODO
}
