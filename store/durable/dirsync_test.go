package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/store/durable"
)

// slowSyncs are directories whose fsync takes a second.
type slowSyncs struct {
	mu      sync.Mutex
	renamed int   // files so far
	began   []int // how many files were renamed when each fsync began
	fails   func(nth int) error
}

func (s *slowSyncs) answer(op durable.Op) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch op.Kind {
	case durable.OpRename:
		s.renamed++
	case durable.OpSyncDir:
		s.began = append(s.began, s.renamed)
		nth := len(s.began)
		s.mu.Unlock()
		time.Sleep(time.Second)
		s.mu.Lock()
		if s.fails != nil {
			return s.fails(nth)
		}
	}
	return nil
}

// writeSlowly writes one file in a directory, then files in others while the first one's directory
// is being synced. It returns when each was written, in seconds, and the errors.
func writeSlowly(t *testing.T, s *slowSyncs, first *os.Root, others ...*os.Root) (after []int, errs []error) {
	t.Helper()
	after, errs = make([]int, 1+len(others)), make([]error, 1+len(others))
	began := time.Now()
	var writers sync.WaitGroup
	write := func(n int, root *os.Root) {
		writers.Go(func() {
			errs[n] = durable.WriteFile(root, fmt.Sprint(n), content("new"))
			after[n] = int(time.Since(began) / time.Second)
		})
	}
	defer durable.Intercept(filepath.Dir(first.Name()), s.answer)()
	write(0, first)
	synctest.Wait()
	for n, root := range others {
		write(n+1, root)
	}
	writers.Wait()
	return after, errs
}

func TestOneSyncOfADirectoryServesAllRenamesBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root, s := openRoot(t), &slowSyncs{}
		after, errs := writeSlowly(t, s, root, root, root, root, root)
		if got, want := fmt.Sprint(after, errs), "[1 2 2 2 2] [<nil> <nil> <nil> <nil> <nil>]"; got != want {
			t.Errorf("written after %s, want %s", got, want)
		}
		if got, want := fmt.Sprint(s.began), "[1 5]"; got != want {
			t.Errorf("syncs began after %s renames, want %s", got, want)
		}
	})
}

func TestFailedSyncOfADirectoryFailsAllThatItServed(t *testing.T) {
	for _, failing := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			root := openRoot(t)
			_, errs := writeSlowly(t, &slowSyncs{fails: func(nth int) error {
				if nth == failing {
					return fs.ErrInvalid
				}
				return nil
			}}, root, root, root)
			for n, err := range errs {
				if served := min(n, 1) + 1; errors.Is(err, fs.ErrInvalid) != (served == failing) {
					t.Errorf("sync %d fails: file %d: %v", failing, n, err)
				}
			}
		})
	}
}

// A directory that was opened again may be another one under the same path.
func TestDirectoriesAreSyncedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := openRoot(t)
		again, err := os.OpenRoot(root.Name())
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		s := &slowSyncs{}
		after, errs := writeSlowly(t, s, root, openRoot(t), again)
		if got, want := fmt.Sprint(after, errs, len(s.began)), "[1 1 1] [<nil> <nil> <nil>] 3"; got != want {
			t.Errorf("written after %s, want %s", got, want)
		}
	})
}
