package store

import (
	"errors"
	"io"

	"statsmirror/store/pickle"
)

// format is how one kind of statistics stands in a pickle.
type format[R Rows[R]] struct {
	kind   Kind
	fields func(R) []pickle.Field
}

var (
	trainingFormat = format[TrainingStats]{
		kind: Training,
		fields: func(s TrainingStats) []pickle.Field {
			return []pickle.Field{
				pickle.IntField("iteration", s.Iteration),
				pickle.FloatField("loss", s.Loss),
				pickle.FloatField("time", s.Time),
			}
		},
	}
	validationFormat = format[ValidationScores]{
		kind: Validation,
		fields: func(s ValidationScores) []pickle.Field {
			return []pickle.Field{
				pickle.IntField("iteration", s.Iteration),
				pickle.NestedField("scores", s.Scores),
			}
		},
	}
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

// encode writes rows as DaCapo does: a list of dicts, protocol 4.
func (f format[R]) encode(w io.Writer, runName string, r R) error {
	return pickle.Encode(w, r.Len(), append(f.fields(r), pickle.TextField("run_name", runName))...)
}

var errTODO = errors.New("not there yet")
