package mirror

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// errnos are what a file system may answer.
var errnos = []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT, syscall.EROFS, syscall.EACCES}

// fault is a place where everything fails since a while.
type fault struct {
	place string
	first string // operation that failed
	since time.Time
}

const faultLasts = 10 * time.Minute

// is reports whether a place fails now.
func (f *fault) is(place string) bool {
	return f != nil && f.place == place && time.Since(f.since) < faultLasts
}

func (f *fault) String() string { return f.first }

// faultyLife runs a service through a run's life, in which from some operation on
// everything fails in the place where that is, until a while later. It returns how many
// operations there were.
func faultyLife(t *testing.T, at int64, errno syscall.Errno) (operations int64) {
	t.Helper()
	s := newSite(t)
	place := filepath.Join(s.dir, "backup")
	c := s.open()
	var n atomic.Int64
	var broken atomic.Pointer[fault]
	defer durable.Intercept(s.dir, func(op durable.Op) error {
		if strings.HasPrefix(op.Path, s.stats()) {
			return nil
		}
		where := s.state()
		if op.Path == place || strings.HasPrefix(op.Path, place+"/") {
			where = place
		}
		if n.Add(1) == at {
			broken.Store(&fault{where, fmt.Sprintf("%s of %s", op.Kind, strings.TrimPrefix(op.Path, s.dir+"/")), time.Now()})
		}
		if f := broken.Load(); f.is(where) {
			return &os.PathError{Op: string(op.Kind), Path: op.Path, Err: errno}
		}
		return nil
	})()
	m := s.run(c, Options{Keep: Retention{Generations: 2}}, dir.New(place))
	promised := map[string]map[modelRow]bool{}
	for _, rows := range []store.TrainingStats{
		training(0, 3, 0), training(0, 5, 0), training(0, 4, 1), training(0, 2, 2), training(0, 3, 3), training(0, 6, 3),
	} {
		s.storeTraining("run", rows)
		m.Mark("run")
		elapse(faultLasts / 2)
		for place, rows := range promised {
			got, err := rowsAt(place)
			s.check(err)
			if f := broken.Load(); f.is(place) && lostRows(rows, got) { // else retention may have removed some
				t.Errorf("%v: %s lost rows", f, place)
			}
		}
		elapse(faultLasts)
		if f := broken.Load(); f != nil {
			elapse(max(0, time.Until(f.since.Add(2*faultLasts)))) // the last pause between retries may be that long
		}
		if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 {
			t.Errorf("%v: %+v long after the fault went", broken.Load(), status)
		}
		for _, place := range []string{s.state(), place} {
			rows, err := rowsAt(place)
			s.check(err)
			promised[place] = rows
		}
	}
	if f := broken.Load(); f != nil {
		s.wantComplaint(f.String(), errno)
	}
	m.end(t)
	s.check(c.Close())
	for _, place := range []backup.Backup{dir.New(s.state()), dir.New(place)} {
		if diff := cmp.Diff([]int64{4, 2, 6}, untils(t, place)); diff != "" {
			t.Errorf("%v: %s: %s", broken.Load(), place, diff)
		}
		if findings := NewArchive(place).Verify(t.Context(), "run"); len(findings) > 0 {
			t.Errorf("%v: %s: %v", broken.Load(), place, findings)
		}
	}
	s.check(os.RemoveAll(s.dir))
	return n.Load()
}

// wantComplaint holds the log to say that something failed, and why.
func (s *site) wantComplaint(what string, errno syscall.Errno) {
	s.t.Helper()
	for _, entry := range s.logs.All() {
		event, _ := entry.ContextMap()[fieldEvent].(string)
		text, _ := entry.ContextMap()[fieldErr].(string)
		if slices.Contains([]string{eventFailed, eventBackupFailed, eventCatalogFailed}, event) && strings.Contains(text, errno.Error()) {
			return
		}
	}
	s.t.Errorf("%s: %v is not in the log", what, errno)
}

// failOperations fails some operations of a life in their turn, and all that come
// after in the same place, until that is mended: from one on, each so many.
func failOperations(t *testing.T, from, each int64) {
	synctest.Test(t, func(t *testing.T) {
		operations, failed := faultyLife(t, 0, 0), 0
		for at := from; at <= operations; at += each {
			faultyLife(t, at, errnos[at%int64(len(errnos))])
			failed++
		}
		t.Logf("%d of %d operations failed", failed, operations)
	})
}

// TestSomeErrors fails every seventh operation. TestEveryError, under the tag
// simulation, fails them all.
func TestSomeErrors(t *testing.T) {
	t.Parallel()
	failOperations(t, 3, 7)
}
