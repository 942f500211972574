package store

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"statsmirror/store/durable"
)

// WriteTraining writes a run's training stats into the stats tree root as DaCapo does: the file
// training_stats/run, a protocol-4 pickle with one dict per row. The dicts' run_name is runName, or
// run if that is empty. Unlike DaCapo's, the write is atomic and durable: a reader finds the old
// file or the new one. Missing directories are created. The new file takes over the mode of the old
// one, and its owner if the process may change it.
//
// A run directory, as in DaCapo's documentation, is not replaced but an error. So is anything else
// that is not a regular file. If a link may be followed, its target is replaced and the link stays.
//
// The Source holds the path, size and SHA-256 of the new file.
func WriteTraining(root *os.Root, run, runName string, s TrainingStats) (Source, error) {
	return write(root, trainingFormat, run, runName, s)
}

// WriteValidation writes a run's validation scores the way WriteTraining writes training stats.
func WriteValidation(root *os.Root, run, runName string, s ValidationScores) (Source, error) {
	return write(root, validationFormat, run, runName, s)
}

func write[R Rows[R]](root *os.Root, f format[R], run, runName string, r R) (Source, error) {
	t, err := openTarget(root, f.kind, run)
	if err != nil {
		return Source{}, err
	}
	defer t.dir.Close()
	source, _, err := writeTo(t, f, cmp.Or(runName, pythonName(run)), r)
	return source, err
}

// A target is the place where the file of a run is written.
type target struct {
	dir   *os.Root
	base  string      // in dir
	name  string      // in the stats tree
	there fs.FileInfo // the file to replace; nil if there is none
}

// openTarget finds the place for a run's file, and creates the directory of the kind.
func openTarget(root *os.Root, kind Kind, run string) (t target, err error) {
	if err := CheckRun(run); err != nil {
		return t, err
	}
	if err := makeKind(root, kind); err != nil {
		return t, err
	}
	t.name = path.Join(string(kind), run)
	if t.dir, t.base, err = entryDir(root, kind, run); err != nil {
		return t, fmt.Errorf("write %s: %w", t.name, err)
	}
	if t.there, err = replaceable(t.dir, t.base); err != nil {
		return t, errors.Join(fmt.Errorf("write %s: %w", t.name, err), t.dir.Close())
	}
	return t, nil
}

func writeTo[R Rows[R]](t target, f format[R], runName string, r R) (Source, durable.Written, error) {
	if err := checkIterations(r.iterations()); err != nil {
		return Source{}, durable.Written{}, fmt.Errorf("write %s: %w", t.name, err)
	}
	sum := digest{hash: sha256.New()}
	written, err := durable.WriteFileLike(t.dir, t.base, t.there, func(w io.Writer) error {
		return f.encode(io.MultiWriter(w, &sum), runName, r)
	})
	if err != nil {
		return Source{}, written, err
	}
	return Source{Path: t.name, SHA256: sum.sum(), RunName: runName, Stamp: Stamp{Size: sum.size}}, written, nil
}

// replaceable returns the regular file called name, nil if name does not exist, an error for
// anything else.
func replaceable(dir *os.Root, name string) (fs.FileInfo, error) {
	info, err := dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("the run is a directory; move it away first")
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("the run is not a regular file (%v); move it away first", info.Mode().Type())
	}
	return info, nil
}
