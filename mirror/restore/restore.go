// Package restore writes a snapshot back as the files that DaCapo reads, and replaces no
// file that holds more, or that a trainer may be writing.
package restore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// File says what became of one of DaCapo's files.
type File struct {
	Kind      store.Kind
	Path      string // of the file
	Rows      int
	SHA256    string
	Identical bool // to the file that was read last, byte for byte
	Unchanged bool // it held these rows already, and was left alone

	Generation    int64
	Written       time.Time // when the file that was read last was written; zero if several were
	ContentSHA256 string    // of the rows of the generation

	Lost     []string // attributes of the file that was replaced which the new one could not be given
	Replaces bool     // another file is there
	Held     int      // rows that it holds, -1 if they are unknown

	before []store.Source // the file that is there
}

// Options say how to restore. The zero value works.
type Options struct {
	Force        bool          // replace a file that holds more than the snapshot, is unfinished, or not a pickle
	Quiet        time.Duration // how long a replaced file must be unchanged until it is removed; at least, and by default, 1 s
	DamagedAfter time.Duration // default store.DefaultDamagedAfter
}

// BusyError says that a file was not replaced because a store may be under way.
type BusyError struct {
	Path  string
	After time.Duration // when the file counts as damaged, if it does not change
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s ends in the middle and changed a moment ago: a store may be under way; nothing was written; try again in %v, or --force replaces it",
		e.Path, max(time.Second, e.After.Round(time.Second)))
}

// ForeignError says that a file was not replaced because it is not a pickle.
type ForeignError struct{ Path string }

func (e *ForeignError) Error() string {
	return e.Path + " is not a pickle; nothing was written; move it elsewhere, or --force replaces it"
}

// HoldsMoreError says that a file was not replaced because it holds rows that
// the snapshot does not have.
type HoldsMoreError struct {
	Path string
	Rows int   // in the file
	Has  int   // in the snapshot
	Err  error // why its rows are unknown, nil if they are known
}

func (e *HoldsMoreError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s may hold more than the snapshot: %v; nothing was written, --force replaces it", e.Path, e.Err)
	}
	if e.Has == 0 {
		return fmt.Sprintf("%s is damaged, and the snapshot has no rows of its kind; nothing was written, statsmirror inspect --salvage-to saves what it still holds (%s)", e.Path, store.Count(e.Rows, "row", "rows"))
	}
	return fmt.Sprintf("%s holds rows that the snapshot does not have (%s in the file, %d in the snapshot); nothing was written, statsmirror inspect --salvage-to saves them elsewhere, --force replaces them", e.Path, store.Count(e.Rows, "row", "rows"), e.Has)
}

// Unwrap returns why the rows of the file are unknown.
func (e *HoldsMoreError) Unwrap() error { return e.Err }

// Write writes DaCapo's files of a snapshot into the stats tree dir, which is
// made if it is missing. A kind without rows is left alone, and so is a file
// that holds the same rows. A file that holds rows which the snapshot does not
// have is a *HoldsMoreError, unless o.Force is given; of a torn file only the
// rows that can be saved count, and one of a kind without rows is such an error.
// One that may be written just now is a *BusyError, one that is not a pickle a
// *ForeignError. Then nothing is written at all. A file that turns out to be written
// while it is replaced is put back, which is an error.
func Write(ctx context.Context, dir string, s *snapshot.Snapshot, o Options) ([]File, error) {
	if err := store.CheckRun(s.Run); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	root, err := durable.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	defer root.Close()
	all, err := Plan(ctx, dir, s, o)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := all[i].write(ctx, root, s, o); err != nil {
			return all[:i], fmt.Errorf("restore %s: %w", all[i].Path, err)
		}
	}
	return all, nil
}

// Plan returns what Write would do now. It writes nothing.
func Plan(ctx context.Context, dir string, s *snapshot.Snapshot, o Options) ([]File, error) {
	if err := store.CheckRun(s.Run); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	all, err := plan(ctx, dir, s, o)
	if err != nil {
		return nil, fmt.Errorf("restore run: %w", err)
	}
	content := snapshot.ContentSHA256(s)
	for i := range all {
		all[i].compare(s.Generation, content, s.Sources)
	}
	return all, nil
}

// AlreadyThere describes the files of a run in the stats tree dir if they hold
// what a generation holds, all of it and nothing else; if not, it returns none.
// meta, which describes the generation, is called only if there are files.
func AlreadyThere(ctx context.Context, dir, run string, meta func() (snapshot.Meta, error)) []File {
	if store.CheckRun(run) != nil {
		return nil
	}
	var there snapshot.Snapshot
	var all []File
	for _, kind := range store.Kinds {
		r := File{Kind: kind, Path: filepath.Join(dir, string(kind), run), Unchanged: true}
		file, err := store.Inspect(ctx, r.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || file.Damage != nil || file.Kind != kind || len(file.Sources) != 1 {
			return nil
		}
		if kind == store.Training {
			there.Training = file.Training
		} else {
			there.Validation = file.Validation
		}
		r.Rows, r.SHA256 = file.Rows(), file.Sources[0].SHA256
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil
	}
	m, err := meta()
	if err != nil || m.ContentSHA256 != snapshot.ContentSHA256(&there) {
		return nil
	}
	for i := range all {
		all[i].compare(m.Generation, m.ContentSHA256, m.Sources)
	}
	return all
}

// plan finds out which files are to be written, and whether they may.
func plan(ctx context.Context, dir string, s *snapshot.Snapshot, o Options) ([]File, error) {
	force := o.Force
	var all []File
	for _, kind := range store.Kinds {
		rows := rowsOfKind(s, kind)
		r := File{Kind: kind, Path: filepath.Join(dir, string(kind), s.Run), Rows: rows}
		there, err := store.Inspect(ctx, r.Path)
		if err == nil && !force {
			if err := o.refuse(r.Path, there); err != nil {
				return nil, err
			}
		}
		if err == nil {
			r.before = there.Sources
		}
		if rows == 0 && err == nil && there.Damage != nil && !force {
			return nil, &HoldsMoreError{Path: r.Path, Rows: there.Rows()}
		}
		if rows == 0 {
			continue
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil && !force:
			return nil, &HoldsMoreError{Path: r.Path, Err: err}
		case err != nil:
			r.Replaces, r.Held = true, -1
			r.before, _ = store.Tree{Dir: dir}.Stat(s.Run, kind) // an error shows when it is written
		case err == nil && !force && !within(s, kind, there):
			return nil, &HoldsMoreError{Path: r.Path, Rows: there.Rows(), Has: rows}
		case err == nil && equal(s, kind, there):
			r.Unchanged = true
			if len(there.Sources) == 1 {
				r.SHA256 = there.Sources[0].SHA256
			}
		default:
			r.Replaces, r.Held = true, there.Rows()
		}
		all = append(all, r)
	}
	return all, nil
}

// refuse returns why a file must not be replaced, whatever rows it holds.
func (o Options) refuse(path string, there *store.Inspection) error {
	switch {
	case there.Damage == nil:
		return nil
	case there.Damage.Foreign:
		return &ForeignError{path}
	}
	now := time.Now()
	after := cmp.Or(o.DamagedAfter, store.DefaultDamagedAfter) - now.Sub(store.UnchangedSince(there.Sources, now))
	if there.Damage.Torn() && after > 0 {
		return &BusyError{path, after}
	}
	return nil
}

func rowsOfKind(s *snapshot.Snapshot, kind store.Kind) int {
	if kind == store.Training {
		return s.Training.Len()
	}
	return s.Validation.Len()
}

// within reports whether a snapshot has every row of what a file holds.
func within(s *snapshot.Snapshot, kind store.Kind, there *store.Inspection) bool {
	if there.Rows() > 0 && there.Kind != kind {
		return false
	}
	return store.Contains(s.Training, there.Training) && store.Contains(s.Validation, there.Validation)
}

// equal reports whether a file holds all rows of that kind that a snapshot has,
// and no others.
func equal(s *snapshot.Snapshot, kind store.Kind, there *store.Inspection) bool {
	return there.Kind == kind && there.Damage == nil && there.Rows() == rowsOfKind(s, kind) && within(s, kind, there)
}

// write writes one file and reads it back, unless it holds the rows already.
func (r *File) write(ctx context.Context, root *os.Root, s *snapshot.Snapshot, o Options) error {
	if !r.Unchanged {
		if err := r.replace(ctx, root, s, o); err != nil {
			return err
		}
	}
	r.compare(r.Generation, r.ContentSHA256, s.Sources)
	return nil
}

func (r *File) replace(ctx context.Context, root *os.Root, s *snapshot.Snapshot, o Options) error {
	name := ""
	if before := store.OfKind(s.Sources, r.Kind); len(before) > 0 {
		name = before[0].RunName
	}
	var file *store.Replacement
	var err error
	if r.Kind == store.Training {
		file, err = store.ReplaceTraining(root, s.Run, name, s.Training, r.before)
	} else {
		file, err = store.ReplaceValidation(root, s.Run, name, s.Validation, r.before)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	r.SHA256, r.Lost = file.SHA256, file.Lost
	there, err := store.Inspect(ctx, r.Path)
	if err == nil && !equal(s, r.Kind, there) {
		err = errors.New("it does not hold what was written; check the disk")
	}
	if err := file.Settle(ctx, max(o.Quiet, leastQuiet)); err != nil {
		return err
	}
	switch {
	case err == nil:
		return nil
	case file.Changed():
		return fmt.Errorf("read it back: %w; what it holds now, statsmirror inspect says", durable.ErrChanged)
	}
	return fmt.Errorf("read it back: %w", err)
}

// leastQuiet is how long at least a replaced file must be unchanged: a store on a busy
// host pauses for longer than the quiet period.
const leastQuiet = time.Second

// compare notes which generation it is of, and whether the file is the one that it was
// read from.
func (r *File) compare(generation int64, content string, sources []store.Source) {
	r.Generation, r.ContentSHA256 = generation, content
	if before := store.OfKind(sources, r.Kind); len(before) == 1 {
		r.Identical = before[0].SHA256 == r.SHA256
		r.Written = time.Unix(0, before[0].ModTime)
	}
}
