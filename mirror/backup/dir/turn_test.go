package dir_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/store/durable"
)

// slowFiles makes each fsync of a file take a while.
func slowFiles(t *testing.T, path string, while time.Duration) {
	t.Helper()
	t.Cleanup(durable.Intercept(path, func(op durable.Op) error {
		if op.Kind == durable.OpSync {
			time.Sleep(while)
		}
		return nil
	}))
}

// A file system may ignore the case of names, and the form of Unicode.
func TestOnlyChangesOfOneRunWaitForEachOther(t *testing.T) {
	for _, c := range []struct {
		names string
		takes int // seconds
	}{
		{"snapshots/a snapshots/b snapshots/c history/a/1", 1},
		{"snapshots/a snapshots/A", 2},
		{"history/a/1 history/a/2 history/A/3", 3},
		{"snapshots/ä snapshots/b snapshots/é", 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			b, began := dir.New(t.TempDir()), time.Now()
			slowFiles(t, b.String(), time.Second)
			var puts sync.WaitGroup
			for _, name := range strings.Fields(c.names) {
				puts.Go(func() {
					if err := put(t, b, name); err != nil {
						t.Error(err)
					}
				})
			}
			puts.Wait()
			if took := int(time.Since(began) / time.Second); took != c.takes {
				t.Errorf("%s took %d s, want %d", c.names, took, c.takes)
			}
		})
	}
}

func TestManyChangesLetAnotherProcessHaveItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := dir.New(t.TempDir())
		other := dir.New(busy.String())
		slowFiles(t, busy.String(), 30*time.Millisecond)
		stop := make(chan struct{})
		var puts sync.WaitGroup
		for n := range 8 {
			puts.Go(func() {
				for version, i := backup.None, 0; ; i++ {
					time.Sleep(time.Duration(n) * time.Millisecond) // so that some change is always in progress
					info, err := busy.Put(t.Context(), fmt.Sprint("run-", n), strings.NewReader("x"), 1, version)
					if version = info.Version; err != nil {
						t.Error(err)
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		var took []time.Duration
		for n := range 5 {
			began := time.Now()
			if err := put(t, other, fmt.Sprint("other-", n)); err != nil {
				t.Error(err)
			}
			took = append(took, time.Since(began))
		}
		close(stop)
		puts.Wait()
		if longest := slices.Max(took); longest > time.Second {
			t.Errorf("the other process waited %v", longest)
		}
	})
}
