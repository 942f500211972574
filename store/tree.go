package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"
)

// DefaultQuiet is the quiet period of a Tree without one.
const DefaultQuiet = 100 * time.Millisecond

// Tree reads a stats tree. Dir holds training_stats and validation_scores, and each run has an
// entry in one or both. An entry is a file, or a directory whose files together are the run.
// Directories in it are ignored.
//
// Each call opens Dir again, so Dir may be removed and created meanwhile. Nothing outside Dir is
// read but the targets of symbolic links: the directory of a kind or an entry may be a link. A link
// is followed if its owner also owns the target, or is root or the user of this process. Any other
// link is a *LinkError.
type Tree struct {
	Dir string

	// Quiet is the time that must have passed since the last modification of a file before it is
	// read. Default 100 ms.
	Quiet time.Duration

	// Ignore are patterns, in the syntax of path.Match, of names to ignore in addition to those of
	// other programs. Default none.
	Ignore []string
}

func (t Tree) quiet() time.Duration {
	if t.Quiet <= 0 {
		return DefaultQuiet
	}
	return t.Quiet
}

// Runs returns the names of all runs, in order. A missing directory of a kind is not an error. If
// Dir is missing, the error matches fs.ErrNotExist. If only one kind can be listed, its runs are
// returned along with the error of the other.
func (t Tree) Runs() ([]string, error) {
	top, err := openTop(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	defer top.close()
	runs := map[string]bool{}
	var errs []error
	for _, kind := range Kinds {
		errs = append(errs, t.addRuns(runs, top, kind))
	}
	return slices.Sorted(maps.Keys(runs)), errors.Join(errs...)
}

func (t Tree) addRuns(runs map[string]bool, top *node, kind Kind) error {
	in, err := top.openKind(kind)
	var entries []fs.DirEntry
	if err == nil {
		defer in.close()
		entries, err = in.list()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list runs in %s: %w", t.Dir, err)
	}
	for _, e := range entries {
		is := Entry{Name: e.Name(), Regular: e.Type().IsRegular(), Dir: e.IsDir()}
		if e.Type()&fs.ModeSymlink != 0 {
			is = lead(in, is)
		}
		if (is.Regular || is.Dir || is.Link) && !t.Ignores(e.Name()) {
			runs[e.Name()] = true
		}
	}
	return nil
}

// openKind opens the directory of a kind in the top of a tree. A link without a target is an error
// that does not match fs.ErrNotExist: the target may be on a disk that is not mounted.
func (n *node) openKind(kind Kind) (*node, error) {
	in, err := n.open(string(kind))
	if link, ok := errors.AsType[*LinkError](err); ok && errors.Is(err, fs.ErrNotExist) {
		return nil, &LinkError{link.Path, link.Target, errors.New("its target does not exist; is its disk mounted?")}
	}
	if err == nil && !in.isDir() {
		in.close()
		return nil, &fs.PathError{Op: "open", Path: string(kind), Err: errors.New("is not a directory")}
	}
	return in, err
}

// Stat returns the files of a run's statistics of one kind with their stamps, without reading them.
// The error matches fs.ErrNotExist if there are none. It is a *TreeError if no run can be found at
// all.
func (t Tree) Stat(run string, kind Kind) ([]Source, error) {
	if err := CheckRun(run); err != nil {
		return nil, err
	}
	top, err := t.open()
	if err != nil {
		return nil, err
	}
	defer top.close()
	return t.listRun(top, kind, run)
}

// open opens the top of the tree.
func (t Tree) open() (*node, error) {
	top, err := openTop(t.Dir)
	if err != nil {
		return nil, &TreeError{err}
	}
	return top, nil
}

func (t Tree) listRun(top *node, kind Kind, run string) ([]Source, error) {
	entry, sources, err := t.openRun(top, kind, run)
	if err == nil {
		entry.close()
	}
	return sources, err
}

// openRun opens the file or directory of a run, and lists its files with their stamps.
func (t Tree) openRun(top *node, kind Kind, run string) (entry *node, sources []Source, err error) {
	in, err := top.openKind(kind)
	if err != nil {
		return nil, nil, &TreeError{err}
	}
	defer in.close()
	entry, err = in.open(run)
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, &TreeError{err} // the directory may not be searched
	}
	if err != nil {
		return nil, nil, err
	}
	if sources, err = entry.sources(t.Ignores); err != nil {
		entry.close()
	}
	return entry, sources, err
}

// ReadTraining reads the training stats of a run. It first passes the files with their stamps to
// unless, which may be nil. If unless returns true, it reads nothing, and the error is ErrUnchanged.
//
// The error matches fs.ErrNotExist if there are none. It is an *UnsettledError if a trainer is
// writing them, an *InvalidError if they are damaged or of the other kind. Any other error is one
// of input.
func (t Tree) ReadTraining(ctx context.Context, run string, unless func([]Source) bool) (File[TrainingStats], error) {
	return readSettled(ctx, t, trainingFormat, run, unless)
}

// ReadValidation reads the validation scores of a run. Its errors are those of ReadTraining.
func (t Tree) ReadValidation(ctx context.Context, run string, unless func([]Source) bool) (File[ValidationScores], error) {
	return readSettled(ctx, t, validationFormat, run, unless)
}

// readSettled reads the files of a run. Each must have been unmodified for the quiet period when it
// is opened, and must have the same stamp after all have been read. Then no write in between goes
// unseen: it would need a time older than the quiet period.
func readSettled[R Rows[R]](ctx context.Context, t Tree, f format[R], run string, unless func([]Source) bool) (File[R], error) {
	if err := CheckRun(run); err != nil {
		return File[R]{}, err
	}
	top, err := t.open()
	if err != nil {
		return File[R]{}, err
	}
	defer top.close()
	entry, sources, err := t.openRun(top, f.kind, run)
	if err != nil {
		return File[R]{}, err
	}
	defer entry.close()
	if unless != nil && unless(sources) {
		return File[R]{}, ErrUnchanged
	}
	unsettled := &UnsettledError{path.Join(string(f.kind), run), t.quiet()}
	wait, future := untilSettled(sources, t.quiet(), time.Now())
	if wait > 0 && !future {
		unsettled.After = wait
		return File[R]{}, unsettled
	}
	if err := sleep(ctx, wait); err != nil {
		return File[R]{}, err
	}
	file, readErr := readFiles(ctx, entry, f, run, sources)
	again, err := t.listRun(top, f.kind, run)
	if errors.Is(readErr, errChanged) || errors.Is(err, fs.ErrNotExist) || err == nil && !unchanged(sources, again) {
		return File[R]{}, unsettled
	}
	return file, errors.Join(readErr, err)
}

// untilSettled returns how long until each file is settled. A time in the future comes from another
// clock than this one. Such files must be seen unchanged for the quiet period.
func untilSettled(sources []Source, quiet time.Duration, now time.Time) (wait time.Duration, future bool) {
	for _, s := range sources {
		age := now.Sub(time.Unix(0, s.ModTime))
		if age < 0 {
			return quiet, true
		}
		wait = max(wait, precision(s.ModTime)+quiet-age)
	}
	return wait, false
}

// precision returns by how much a file may be younger than its time: some file systems count in
// steps of two seconds.
func precision(modTime int64) time.Duration {
	if modTime%int64(time.Second) == 0 {
		return 2 * time.Second
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
