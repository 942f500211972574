package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"syscall"
	"time"
)

// DefaultQuiet is the quiet period of a Tree that names none.
const DefaultQuiet = 100 * time.Millisecond

// Tree reads a stats tree: training_stats and validation_scores in Dir, with an
// entry for each run in either or both. An entry is a file, or a directory of
// which all files together are the run; directories below it are ignored.
//
// Dir is opened anew in each call, so that it may be removed and made again.
// Nothing outside of it is read but what a symbolic link leads to which is the directory of a
// kind or an entry: a link is followed if its owner also owns what it leads to, or is root or the
// user of this process. Any other is a *LinkError.
type Tree struct {
	Dir string

	// Quiet is how long ago the last modification of a file must be when it is
	// read. Default 100 ms.
	Quiet time.Duration

	// Ignore are patterns, as path.Match has them, of names that are left out besides
	// those of other programs. Default none.
	Ignore []string
}

func (t Tree) quiet() time.Duration {
	if t.Quiet <= 0 {
		return DefaultQuiet
	}
	return t.Quiet
}

// Runs returns the names of all runs, in order. That there is no directory of
// either kind is no error; that there is no Dir is one that matches
// fs.ErrNotExist. If only one kind can be listed, its runs are returned along
// with the error of the other.
func (t Tree) Runs() ([]string, error) {
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	defer root.Close()
	runs := map[string]bool{}
	var errs []error
	for _, kind := range Kinds {
		errs = append(errs, t.addRuns(runs, root, kind))
	}
	return slices.Sorted(maps.Keys(runs)), errors.Join(errs...)
}

func (t Tree) addRuns(runs map[string]bool, root *os.Root, kind Kind) error {
	d, err := openKind(root, kind)
	var entries []fs.DirEntry
	if err == nil {
		defer d.Close()
		entries, err = readDir(d)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list runs in %s: %w", root.Name(), err)
	}
	for _, e := range entries {
		is := Entry{Name: e.Name(), Regular: e.Type().IsRegular(), Dir: e.IsDir()}
		if e.Type()&fs.ModeSymlink != 0 {
			is = lead(root, kind, is)
		}
		if (is.Regular || is.Dir || is.Link) && !t.Ignores(e.Name()) {
			runs[e.Name()] = true
		}
	}
	return nil
}

// openKind opens the directory of a kind. A link that leads to nothing is an error that does not
// match fs.ErrNotExist: what it leads to may be a disk that is not mounted.
func openKind(root *os.Root, kind Kind) (*os.File, error) {
	f, err := openPath(root, string(kind))
	if link, ok := errors.AsType[*LinkError](err); ok && errors.Is(err, fs.ErrNotExist) {
		return nil, &LinkError{link.Path, link.Target, errors.New("nothing is there; is its disk mounted?")}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.IsDir() {
		return nil, cmp.Or(err, error(&fs.PathError{Op: "open", Path: string(kind), Err: errors.New("is not a directory")}))
	}
	return reopen(f, os.O_RDONLY|syscall.O_DIRECTORY)
}

// checkKind returns nil if there is a directory of the kind.
func checkKind(root *os.Root, kind Kind) error {
	d, err := openKind(root, kind)
	if err == nil {
		err = d.Close()
	}
	return err
}

// Stat returns the files of a run's statistics of one kind with their stamps,
// without reading them. The error matches fs.ErrNotExist if there are none, and
// is a *TreeError if none of any run can be found.
func (t Tree) Stat(run string, kind Kind) ([]Source, error) {
	if err := CheckRun(run); err != nil {
		return nil, err
	}
	root, err := t.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return t.listRun(root, kind, run)
}

func (t Tree) open() (*os.Root, error) {
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return nil, &TreeError{err}
	}
	return root, nil
}

func (t Tree) listRun(root *os.Root, kind Kind, run string) ([]Source, error) {
	if err := checkKind(root, kind); err != nil {
		return nil, &TreeError{err}
	}
	name := path.Join(string(kind), run)
	if _, err := statPath(root, name); errors.Is(err, fs.ErrPermission) {
		return nil, &TreeError{err} // the directory may not be searched
	}
	return listEntry(root, name, t.Ignores)
}

// ReadTraining reads the training stats of a run.
//
// The error matches fs.ErrNotExist if there are none. It is an
// *UnsettledError if they are just being written, an *InvalidError if they
// are damaged or of another kind; any other error is one of input.
func (t Tree) ReadTraining(ctx context.Context, run string) (File[TrainingStats], error) {
	return readSettled(ctx, t, trainingFormat, run)
}

// ReadValidation reads the validation scores of a run. Its errors are those
// of ReadTraining.
func (t Tree) ReadValidation(ctx context.Context, run string) (File[ValidationScores], error) {
	return readSettled(ctx, t, validationFormat, run)
}

// readSettled reads the files of a run, each of which was last modified at
// least the quiet period ago when it was opened, and has the same stamp when
// all have been read. A write in between cannot go unseen: it would have to
// carry a time older than the quiet period.
func readSettled[R Rows[R]](ctx context.Context, t Tree, f format[R], run string) (File[R], error) {
	if err := CheckRun(run); err != nil {
		return File[R]{}, err
	}
	root, err := t.open()
	if err != nil {
		return File[R]{}, err
	}
	defer root.Close()
	sources, err := t.listRun(root, f.kind, run)
	if err != nil {
		return File[R]{}, err
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
	file, readErr := readFiles(ctx, root, f, run, sources)
	again, err := t.listRun(root, f.kind, run)
	if errors.Is(readErr, errChanged) || errors.Is(err, fs.ErrNotExist) || err == nil && !unchanged(sources, again) {
		return File[R]{}, unsettled
	}
	return file, errors.Join(readErr, err)
}

// untilSettled returns how long it is until each file is settled. A time in the
// future says that the clock that stamps the files is another one: then the
// files have to be seen unchanged for the quiet period.
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

// precision returns by how much more than its time shows a file may be younger:
// some file systems count in steps of two seconds.
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
