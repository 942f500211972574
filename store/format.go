package store

import (
	"io"
	"sync"

	"statsmirror/store/pickle"
)

// A format says how a pickle holds one kind of statistics.
type format[R Rows[R]] struct {
	kind    Kind
	decoder *pickle.Decoder // of rows whose last column is the run's name
	rows    func(*pickle.Table) R
	fields  func(R) []pickle.Field
}

// module is the parent of the modules with DaCapo's classes.
const module = "dacapo.experiments"

var trainingFormat = format[TrainingStats]{
	kind: Training,
	decoder: pickle.NewDecoder(pickle.Layout{
		Columns: []pickle.Column{
			{Name: "iteration", Type: pickle.Int},
			{Name: "loss", Type: pickle.Float},
			{Name: "time", Type: pickle.Float},
			{Name: "run_name", Type: pickle.Text, Optional: true},
		},
		Classes:  []pickle.Class{{Module: module, Name: "TrainingIterationStats"}},
		Wrappers: []pickle.Class{{Module: module, Name: "TrainingStats"}},
	}),
	rows: func(t *pickle.Table) TrainingStats {
		return TrainingStats{Iteration: t.Ints[0], Loss: t.Floats[1], Time: t.Floats[2]}
	},
	fields: func(s TrainingStats) []pickle.Field {
		return []pickle.Field{
			pickle.IntField("iteration", s.Iteration),
			pickle.FloatField("loss", s.Loss),
			pickle.FloatField("time", s.Time),
		}
	},
}

var validationFormat = format[ValidationScores]{
	kind: Validation,
	decoder: pickle.NewDecoder(pickle.Layout{
		Columns: []pickle.Column{
			{Name: "iteration", Type: pickle.Int},
			{Name: "scores", Type: pickle.Nested},
			{Name: "run_name", Type: pickle.Text, Optional: true},
		},
		Classes:  []pickle.Class{{Module: module, Name: "ValidationIterationScores"}},
		Wrappers: []pickle.Class{{Module: module, Name: "ValidationScores"}},
	}),
	rows: func(t *pickle.Table) ValidationScores {
		return ValidationScores{Iteration: t.Ints[0], Scores: t.Nested[1]}
	},
	fields: func(s ValidationScores) []pickle.Field {
		return []pickle.Field{
			pickle.IntField("iteration", s.Iteration),
			pickle.NestedField("scores", s.Scores),
		}
	},
}

// parsed is the content of one pickle.
type parsed[R any] struct {
	rows     R
	release  func() // returns the memory of the rows for reuse
	names    fileNames
	opaque   string // the first class or function whose values were skipped; "" for none
	trailing bool   // bytes after the end were ignored
	err      error  // set if rows has only the part of the file that can be saved
}

var errEmpty = &pickle.SyntaxError{Err: emptyError{}}

type emptyError struct{}

func (emptyError) Error() string { return "the file is empty" }
func (emptyError) Unwrap() error { return io.ErrUnexpectedEOF }

// parse decodes and checks the pickle in r, which has size bytes unless it changes meanwhile.
func (f format[R]) parse(r io.Reader, size int64) parsed[R] {
	if size == 0 {
		return parsed[R]{release: func() {}, err: errEmpty}
	}
	table, err := f.decoder.Decode(r)
	p := parsed[R]{
		rows: f.rows(table), release: sync.OnceFunc(func() { f.decoder.Reuse(table) }),
		names:  fileNames{table.Text[len(table.Text)-1], table.Mixed, table.NotText},
		opaque: table.Opaque, trailing: table.Trailing, err: err,
	}
	if err == nil {
		p.err = checkIterations(p.rows.iterations())
	}
	return p
}

// encode writes rows as DaCapo does: a list of dicts, protocol 4.
func (f format[R]) encode(w io.Writer, runName string, r R) error {
	return pickle.Encode(w, r.Len(), append(f.fields(r), pickle.TextField("run_name", runName))...)
}
