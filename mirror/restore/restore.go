// Package restore writes a snapshot back as the files that DaCapo reads. It does not replace a file
// that holds more, or that a trainer may be writing.
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

// File is the result for one of DaCapo's files.
type File struct {
	Kind      store.Kind
	Path      string // of the file
	Rows      int
	SHA256    string
	Identical bool // to the file that was last read, byte for byte
	Unchanged bool // it already held these rows and was left alone

	Generation    int64
	Written       time.Time // when the last-read file was written; zero if there were several
	ContentSHA256 string    // of the rows of the generation

	Lost     []string // attributes of the replaced file that the new one could not get
	Replaces bool     // a different file exists
	Held     int      // rows in that file; -1 if unknown

	before []store.Source // the existing file
}

// Options say how to restore. The zero value works.
type Options struct {
	Force        bool          // replace a file that holds more than the snapshot, is unfinished, or not a pickle
	Quiet        time.Duration // how long a replaced file must be unchanged before it is removed; at least, and by default, 1 s
	DamagedAfter time.Duration // default store.DefaultDamagedAfter
}

// BusyError means that a file was not replaced because a store may be under way.
type BusyError struct {
	Path  string
	After time.Duration // when the file counts as damaged, unless it changes
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s ends in the middle and changed a moment ago: a store may be under way; nothing was written; try again in %v, or replace it with --force",
		e.Path, max(time.Second, e.After.Round(time.Second)))
}

// ForeignError means that a file was not replaced because it is not a pickle.
type ForeignError struct {
	Path string
	Err  error // that says so, and what the file is
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is %v; nothing was written; move it elsewhere, or replace it with --force", e.Path, e.Err)
}

// HoldsMoreError means that a file was not replaced because it holds rows that the snapshot lacks.
type HoldsMoreError struct {
	Path       string
	Rows       int   // in the file
	Has        int   // in the snapshot
	Generation int64 // of the snapshot
	Torn       bool  // only some rows of the file can be read
	Err        error // why its rows are unknown; nil if they are known
}

func (e *HoldsMoreError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s may hold more than the snapshot: %v; nothing was written; replace it with --force", e.Path, e.Err)
	}
	if e.Has == 0 {
		return fmt.Sprintf("%s is damaged, and the snapshot has no rows of its kind; nothing was written; save its readable rows first (%s): statsmirror inspect --salvage-to", e.Path, store.Count(e.Rows, "row", "rows"))
	}
	save := "copy the file first if you need them"
	if e.Torn {
		save = "save them first if you need them: statsmirror inspect --salvage-to"
	}
	return fmt.Sprintf("%s holds rows that generation %d does not have (%s in the file, %d in the generation); nothing was written. "+
		"--force replaces them. If \"statsmirror history\" shows them in another generation, they stay there; else %s",
		e.Path, e.Generation, store.Count(e.Rows, "row", "rows"), e.Has, save)
}

// Unwrap returns why the rows of the file are unknown.
func (e *HoldsMoreError) Unwrap() error { return e.Err }

// Write writes the snapshot as DaCapo's files into the stats tree dir, which is created if it is
// missing. It skips a kind without rows, and a file that already holds the same rows. Write writes
// nothing at all if any file must not be replaced:
//
//   - A file with rows that the snapshot lacks is a *HoldsMoreError, unless o.Force is set. Of a
//     torn file only the rows that can be saved count. A torn file of a kind without rows is also
//     such an error.
//   - A file that a trainer may be writing now is a *BusyError.
//   - A file that is not a pickle is a *ForeignError.
//
// If a program writes a file while it is replaced, Write puts the file back and returns an error.
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

// AlreadyThere describes the files of a run in the stats tree dir if they hold exactly the rows of
// a generation; otherwise it returns none. It calls meta, which describes the generation, only if
// there are files.
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

// plan finds the files to write, and whether they may be written.
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
			r.before, _ = store.Tree{Dir: dir}.Stat(s.Run, kind) // the error shows when the file is written
		case err == nil && !force && !within(s, kind, there):
			return nil, &HoldsMoreError{Path: r.Path, Rows: there.Rows(), Has: rows, Generation: s.Generation, Torn: there.Damage != nil}
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
		return &ForeignError{path, there.Damage.Err}
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

// within reports whether a snapshot has every row of a file.
func within(s *snapshot.Snapshot, kind store.Kind, there *store.Inspection) bool {
	if there.Rows() > 0 && there.Kind != kind {
		return false
	}
	return store.Contains(s.Training, there.Training) && store.Contains(s.Validation, there.Validation)
}

// equal reports whether a file holds exactly the rows of that kind in a snapshot.
func equal(s *snapshot.Snapshot, kind store.Kind, there *store.Inspection) bool {
	return there.Kind == kind && there.Damage == nil && there.Rows() == rowsOfKind(s, kind) && within(s, kind, there)
}

// write writes one file and reads it back, unless it already holds the rows.
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
		err = errors.New("the file does not hold the rows written; check the disk")
	}
	if err := file.Settle(ctx, max(o.Quiet, leastQuiet)); err != nil {
		return err
	}
	switch {
	case err == nil:
		return nil
	case file.Changed():
		return fmt.Errorf("read it back: %w; statsmirror inspect shows its rows", durable.ErrChanged)
	}
	return fmt.Errorf("read it back: %w", err)
}

// leastQuiet is the least time that a replaced file must be unchanged: a store on a busy host may
// pause for longer than the quiet period.
const leastQuiet = time.Second

// compare records the generation of a file, and whether it equals the file that the generation was
// read from.
func (r *File) compare(generation int64, content string, sources []store.Source) {
	r.Generation, r.ContentSHA256 = generation, content
	if before := store.OfKind(sources, r.Kind); len(before) == 1 {
		r.Identical = before[0].SHA256 == r.SHA256
		r.Written = time.Unix(0, before[0].ModTime)
	}
}
