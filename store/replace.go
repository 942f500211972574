package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"statsmirror/store/durable"
)

// Replacement is a file of a run that was just written, and the file that it replaced, which is
// kept until Settle.
type Replacement struct {
	Source
	Lost []string // attributes of the replaced file that the new one could not get

	target  target
	written fs.FileInfo
	kept    *durable.Kept // nil if there was no file
}

// ReplaceTraining writes a run's training stats as WriteTraining does, over the file that had the
// stamps before; before is empty if there was no file. If the file has changed since, the error is
// durable.ErrChanged, and nothing is written. The caller calls Settle, then Close.
func ReplaceTraining(root *os.Root, run, runName string, s TrainingStats, before []Source) (*Replacement, error) {
	return replaceRows(root, trainingFormat, run, runName, s, before)
}

// ReplaceValidation writes a run's validation scores the way ReplaceTraining writes training stats.
func ReplaceValidation(root *os.Root, run, runName string, s ValidationScores, before []Source) (*Replacement, error) {
	return replaceRows(root, validationFormat, run, runName, s, before)
}

func replaceRows[R Rows[R]](root *os.Root, f format[R], run, runName string, rows R, before []Source) (*Replacement, error) {
	t, err := openTarget(root, f.kind, run)
	if err != nil {
		return nil, err
	}
	r := &Replacement{target: t}
	if err := r.keep(before); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w; nothing was written", t.name, err), t.dir.Close())
	}
	source, written, err := writeTo(t, f, cmp.Or(runName, pythonName(run)), rows)
	if err != nil {
		if r.kept != nil {
			err = errors.Join(err, r.kept.Discard())
		}
		return nil, errors.Join(err, t.dir.Close())
	}
	r.Source, r.Lost, r.written = source, written.Lost, written.Info
	return r, nil
}

// keep keeps the replaced file, whose stamp must still be before.
func (r *Replacement) keep(before []Source) (err error) {
	there := r.target.there
	if (there == nil) != (len(before) == 0) || there != nil && before[0].Stamp != StampOf(there) {
		return durable.ErrChanged
	}
	if there != nil {
		r.kept, err = durable.Keep(r.target.dir, r.target.base, there)
	}
	return err
}

// Close releases the directory that Settle and Changed use.
func (r *Replacement) Close() error { return r.target.dir.Close() }

// Settle waits until the replaced file has not changed for the quiet period, then removes it. A
// store that has the file open may still write to it. Then Settle puts the file back, or leaves it
// beside the new one if that has changed too, and returns an error.
func (r *Replacement) Settle(ctx context.Context, quiet time.Duration) error {
	if r.kept == nil {
		return nil
	}
	const steps = 10
	for range steps {
		err := sleep(ctx, quiet/steps)
		changed, changedErr := r.kept.Changed()
		if changed {
			return r.putBack()
		}
		if err := errors.Join(err, changedErr); err != nil {
			return errors.Join(err, r.kept.Discard())
		}
	}
	return r.kept.Discard()
}

func (r *Replacement) putBack() error {
	beside, err := r.kept.PutBack(r.written)
	switch {
	case err != nil:
		return fmt.Errorf("a program wrote %s while it was replaced, and it could not be put back: %w; stop that program and check the file", r.Path, err)
	case beside != "":
		return fmt.Errorf("a program wrote %s while it was replaced, and again since; the first writes are in %s: statsmirror inspect shows them", r.Path, filepath.Join(r.target.dir.Name(), beside))
	}
	return fmt.Errorf("a program wrote %s while it was replaced; the file was put back and not restored; restore it again when no program writes it", r.Path)
}

// Changed reports whether a store, say, has written to the new file since.
func (r *Replacement) Changed() bool {
	now, err := r.target.dir.Lstat(r.target.base)
	return err != nil || !os.SameFile(now, r.written) || now.Size() != r.written.Size() || !now.ModTime().Equal(r.written.ModTime())
}
