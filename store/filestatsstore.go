package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"

	"statsmirror/store/durable"
)

// FileStatsStore stores statistics of runs in a stats tree. It is a port of DaCapo's class of this
// name (dacapo/store/file_stats_store.py): same files, same rule. Rows that go further than the
// stored rows extend them; other rows replace them. Storing no rows changes nothing. Rows are
// identified by their iterations, whatever their position, and stored in order of iteration.
//
// The rule is the one that DaCapo documents. Its code differs for validation scores: a file that
// goes further replaces the stored one, even if its earlier rows differ. This store keeps the
// stored rows and appends the rows that go further.
//
// Unlike DaCapo's, it is safe for concurrent use. Several stores and processes may share a stats
// tree if the file system has flock. Its writes are atomic and durable. DaCapo itself takes no
// locks: if it and a store write the same run at once, the later write wins.
//
// A file that DaCapo's class cannot read is an error here too, for every operation but a deletion.
// Run directories are read, never written.
type FileStatsStore struct {
	dir string
	mu  sync.RWMutex // for file systems without flock
}

// NewFileStatsStore returns a store on the stats tree dir. The first store creates dir if it is
// missing.
func NewFileStatsStore(dir string) *FileStatsStore { return &FileStatsStore{dir: dir} }

// StoreTrainingStats stores the training stats of a run.
func (s *FileStatsStore) StoreTrainingStats(run string, stats TrainingStats) error {
	return storeRows(s, trainingFormat, run, stats)
}

// RetrieveTrainingStats returns the training stats of a run, normalised; no rows if the run does
// not exist.
func (s *FileStatsStore) RetrieveTrainingStats(run string) (TrainingStats, error) {
	return retrieveRows(s, trainingFormat, run)
}

// StoreValidationIterationScores stores the validation scores of a run.
func (s *FileStatsStore) StoreValidationIterationScores(run string, scores ValidationScores) error {
	return storeRows(s, validationFormat, run, scores)
}

// RetrieveValidationIterationScores returns the validation scores of a run, normalised; no rows if
// the run does not exist.
func (s *FileStatsStore) RetrieveValidationIterationScores(run string) (ValidationScores, error) {
	return retrieveRows(s, validationFormat, run)
}

// DeleteTrainingStats deletes the training stats of a run, durably. Deleting missing stats is not
// an error.
func (s *FileStatsStore) DeleteTrainingStats(run string) error {
	if err := CheckRun(run); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := os.OpenRoot(s.dir)
	if err == nil {
		defer root.Close()
		err = locked(root, Training, syscall.LOCK_EX, func() error {
			dir, err := kindDir(root, Training)
			if err != nil {
				return err
			}
			defer dir.Close()
			return durable.Remove(dir, run) // a link itself, not its target
		})
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete training stats: %w", err)
	}
	return nil
}

func storeRows[R Rows[R]](s *FileStatsStore, f format[R], run string, r R) error {
	if err := CheckRun(run); err != nil {
		return err
	}
	if r.Len() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := durable.OpenRoot(s.dir)
	if err != nil {
		return fmt.Errorf("store %s: %w", f.kind, err)
	}
	defer root.Close()
	if err := makeKind(root, f.kind); err != nil {
		return fmt.Errorf("store %s: %w", f.kind, err)
	}
	err = locked(root, f.kind, syscall.LOCK_EX, func() error {
		existing, err := readNow(root, f, run)
		if err != nil {
			return err
		}
		_, err = write(root, f, run, "", extendOrOverwrite(existing, Normalise(r)))
		return err
	})
	if err != nil {
		return fmt.Errorf("store %s: %w", f.kind, err)
	}
	return nil
}

// extendOrOverwrite applies the rule that DaCapo documents to normal rows.
func extendOrOverwrite[R Rows[R]](existing, r R) R {
	end := until(existing.iterations())
	if existing.Len() == 0 || until(r.iterations()) <= end {
		return r
	}
	return existing.with(r, below(r.iterations(), end), r.Len())
}

func retrieveRows[R Rows[R]](s *FileStatsStore, f format[R], run string) (R, error) {
	var r R
	if err := CheckRun(run); err != nil {
		return r, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	root, err := os.OpenRoot(s.dir)
	if err == nil {
		defer root.Close()
		err = locked(root, f.kind, syscall.LOCK_SH, func() error {
			r, err = readNow(root, f, run)
			return err
		})
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("retrieve %s: %w", f.kind, err)
	}
	return r, nil
}

// readNow reads a run's rows, settled or not. A missing run has no rows.
func readNow[R Rows[R]](root *os.Root, f format[R], run string) (R, error) {
	var none R
	top, err := topOf(root)
	if err != nil {
		return none, err
	}
	defer top.close()
	entry, sources, err := Tree{}.openRun(top, f.kind, run)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	defer entry.close()
	file, err := readFiles(context.Background(), entry, f, run, sources)
	if errors.Is(err, errChanged) {
		err = &UnsettledError{path.Join(string(f.kind), run), DefaultQuiet}
	}
	if err != nil {
		return none, err
	}
	return Normalise(file.Rows), nil
}

// locked calls do while it holds a lock on the kind's directory.
func locked(root *os.Root, kind Kind, how int, do func() error) error {
	in, err := kindOf(root, kind)
	if err != nil {
		return err
	}
	defer in.close()
	d, err := in.dir()
	if err != nil {
		return err
	}
	defer d.Close()
	if err := flock(d, how); err != nil {
		return fmt.Errorf("lock %s: %w", kind, err)
	}
	return do()
}

// flock waits for a lock. It returns without one if the file system has no locks.
func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.ENOSYS), errors.Is(err, errors.ErrUnsupported):
			return nil
		default:
			return err
		}
	}
}
