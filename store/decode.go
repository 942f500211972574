package store

import (
	"errors"
	"io"
)

// format is how one kind of statistics stands in a pickle.
type format[R Rows[R]] struct {
	kind Kind
}

var (
	trainingFormat   = format[TrainingStats]{kind: Training}
	validationFormat = format[ValidationScores]{kind: Validation}
)

// parsed is what one pickle was found to hold.
type parsed[R any] struct {
	rows         R
	runName      string // the first that a row has; "" for none
	severalNames bool
	trailing     bool  // bytes after the end were ignored
	err          error // why rows are only those that can be saved
}

// parse decodes and checks the pickle that r holds, size bytes if nothing
// changes it.
func (f format[R]) parse(r io.Reader, size int64) parsed[R] {
	return parsed[R]{err: errTODO}
}

// encode writes rows as DaCapo does.
func (f format[R]) encode(w io.Writer, runName string, r R) error { return errTODO }

var errTODO = errors.New("not there yet")
