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

// WriteTraining writes a run's training stats into the stats tree root as
// DaCapo does: the file training_stats/run, a protocol-4 pickle with one dict
// a row, whose run_name is runName, or run if that is empty. Unlike DaCapo's,
// the write is atomic and durable: a reader finds the old file or the new one.
// Directories that are missing are made. A file that is replaced keeps its mode, and its
// owner where the process may give files to that.
//
// A run that is a directory, as DaCapo's documentation has it, is not replaced:
// that is an error, and so is anything else but a regular file. Of a link that may be followed,
// what it leads to is replaced, and the link stays.
//
// The Source says what was written: path, size and SHA-256.
func WriteTraining(root *os.Root, run, runName string, s TrainingStats) (Source, error) {
	return write(root, trainingFormat, run, runName, s)
}

// WriteValidation writes a run's validation scores into the stats tree root,
// in all like WriteTraining.
func WriteValidation(root *os.Root, run, runName string, s ValidationScores) (Source, error) {
	return write(root, validationFormat, run, runName, s)
}

func write[R Rows[R]](root *os.Root, f format[R], run, runName string, r R) (Source, error) {
	if err := CheckRun(run); err != nil {
		return Source{}, err
	}
	if err := checkIterations(r.iterations()); err != nil {
		return Source{}, fmt.Errorf("write %s of run %q: %w", f.kind, run, err)
	}
	if err := makeKind(root, f.kind); err != nil {
		return Source{}, err
	}
	name := path.Join(string(f.kind), run)
	dir, base, err := entryDir(root, f.kind, run)
	if err != nil {
		return Source{}, fmt.Errorf("write %s: %w", name, err)
	}
	defer dir.Close()
	replaced, err := replaceable(dir, base)
	if err != nil {
		return Source{}, fmt.Errorf("write %s: %w", name, err)
	}
	runName = cmp.Or(runName, pythonName(run))
	written := digest{hash: sha256.New()}
	err = durable.WriteFileLike(dir, base, replaced, func(w io.Writer) error {
		return f.encode(io.MultiWriter(w, &written), runName, r)
	})
	if err != nil {
		return Source{}, err
	}
	return Source{Path: name, SHA256: written.sum(), RunName: runName, Stamp: Stamp{Size: written.size}}, nil
}

// replaceable returns the file that name is, nil if there is nothing, an error for all else.
func replaceable(dir *os.Root, name string) (fs.FileInfo, error) {
	info, err := dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("the run is a directory there; move it away first")
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("what is there is not a file (%v)", info.Mode().Type())
	}
	return info, nil
}
