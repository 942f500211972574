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

// FileStatsStore stores statistics of runs in a stats tree: DaCapo's class of
// this name (dacapo/store/file_stats_store.py), on the same files and with the
// same rule. Rows that go further than those stored extend them, from where
// these end; rows that do not replace them; storing no rows changes nothing.
// Rows are told apart by their iterations, whatever their position, and stored
// in order of iteration.
//
// The rule is the one that DaCapo documents. Its code differs for validation scores:
// a file that goes further replaces the stored one, also if its rows below differ. This
// store keeps the stored rows below and appends those that go further.
//
// Unlike DaCapo's, it is safe for concurrent use, also by several stores and
// processes on one stats tree as long as the file system has flock, and its
// writes are atomic and durable. DaCapo itself takes no locks: between it and
// a store that write the same run at once, the later write wins.
//
// Files that DaCapo's class cannot read are errors here too, to every operation
// but a deletion. Run directories are read, never written.
type FileStatsStore struct {
	dir string
	mu  sync.RWMutex // for file systems without flock
}

// NewFileStatsStore returns a store on the stats tree dir, which is made with
// the first rows stored.
func NewFileStatsStore(dir string) *FileStatsStore { return &FileStatsStore{dir: dir} }

// StoreTrainingStats stores the training stats of a run.
func (s *FileStatsStore) StoreTrainingStats(run string, stats TrainingStats) error {
	return storeRows(s, trainingFormat, run, stats)
}

// RetrieveTrainingStats returns the training stats of a run, normalised; none
// if there is no such run.
func (s *FileStatsStore) RetrieveTrainingStats(run string) (TrainingStats, error) {
	return retrieveRows(s, trainingFormat, run)
}

// StoreValidationIterationScores stores the validation scores of a run.
func (s *FileStatsStore) StoreValidationIterationScores(run string, scores ValidationScores) error {
	return storeRows(s, validationFormat, run, scores)
}

// RetrieveValidationIterationScores returns the validation scores of a run,
// normalised; none if there is no such run.
func (s *FileStatsStore) RetrieveValidationIterationScores(run string) (ValidationScores, error) {
	return retrieveRows(s, validationFormat, run)
}

// DeleteTrainingStats deletes the training stats of a run, durably. It is no
// error that there are none.
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
			return durable.Remove(dir, run) // a link, not what it leads to
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

// extendOrOverwrite is the rule that DaCapo documents, for normal rows.
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

// readNow reads a run's rows, settled or not; there may be none.
func readNow[R Rows[R]](root *os.Root, f format[R], run string) (R, error) {
	var none R
	sources, err := Tree{}.listRun(root, f.kind, run)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	file, err := readFiles(context.Background(), root, f, run, sources)
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
	d, err := openKind(root, kind)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := flock(d, how); err != nil {
		return fmt.Errorf("lock %s: %w", kind, err)
	}
	return do()
}

// flock waits for a lock, and does without where the file system has none.
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
