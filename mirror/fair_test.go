package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/event"
	"statsmirror/store"
)

// TestSlowBackupHoldsUpNeitherCatalogNorOther has a backup that takes a minute for each request.
func TestSlowBackupHoldsUpNeitherCatalogNorOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const runs = 10
		s, slow, good := newSite(t), backuptest.NewFake("slow"), backuptest.NewFake("good")
		for i := range runs {
			s.StoreTraining(fmt.Sprint(i), training(0, 10, 0))
		}
		m := s.run(s.open(), Options{Drain: time.Second}, slow, good)
		slow.Fail(func(string, string) error { time.Sleep(time.Minute); return nil })
		for i := range runs {
			s.StoreTraining(fmt.Sprint(i), training(0, 20, 0))
			m.Enqueue(fmt.Sprint(i))
		}
		elapse(time.Second)
		if good.Puts() != 2*runs || slow.Puts() > runs {
			t.Errorf("%d copies in the good one, %d in the slow one", good.Puts(), slow.Puts())
		}
		if status := m.Status(); status.Runs != runs || status.Dirty != runs || status.OldestDirty > time.Second {
			t.Errorf("status %+v", status)
		}
		m.end(t)
		elapse(time.Minute) // until the abandoned request ends
	})
}

// TestFailingRunsAreNotTriedBeforeOthers has many runs that always fail.
func TestFailingRunsAreNotTriedBeforeOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		b.Fail(func(operation, name string) error {
			if operation == "put" && strings.Contains(name, "bad") {
				return errors.New("permission denied")
			}
			return nil
		})
		for i := range 20 {
			s.StoreTraining(fmt.Sprint("bad", i), training(0, 10, 0))
		}
		m := s.run(s.open(), Options{}, b)
		s.StoreTraining("good", training(0, 10, 0))
		m.Enqueue("good")
		elapse(10 * time.Minute)
		if len(b.Names()) != 1 {
			t.Errorf("has %v", b.Names())
		}
		m.end(t)
	})
}

// hangingTree is a tree with some files on a mount that hangs.
type hangingTree struct {
	store.Tree
	back chan struct{} // closed when the mount works again
}

func (h hangingTree) ReadTraining(ctx context.Context, run string, unless func([]store.Source) bool) (store.File[store.TrainingStats], error) {
	if strings.HasPrefix(run, "hung") {
		<-h.back
	}
	return h.Tree.ReadTraining(ctx, run, unless)
}

// TestHungSourceHoldsUpNothingElse makes more reads hang than there are workers. The backup must
// also be reconciled with these runs.
func TestHungSourceHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		const hung = 12
		for i := range hung {
			s.StoreTraining(fmt.Sprint("hung", i), training(0, 10, 0))
		}
		c := s.open()
		s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		c = s.reopen(c, s.forgetRecords)
		for i := range hung {
			s.StoreTraining(fmt.Sprint("hung", i), training(0, 20, 0))
		}
		m := New(s.Tree(), c, []backup.Backup{b}, Options{Workers: 2, Log: s.Log})
		back := make(chan struct{})
		m.tree = hangingTree{s.Tree(), back}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := &running{m, stop, make(chan error, 1)}
		go func() { r.ended <- m.Run(ctx) }()
		s.StoreTraining("good", training(0, 10, 0))
		m.Enqueue("good")
		elapse(2 * time.Minute)
		wantHistory(t, b, "good", 1)
		elapse(10 * time.Minute)
		if err := m.Stalled(); err != nil {
			t.Errorf("it would be restarted although other runs make progress: %v", err)
		}
		if status := m.Status(); status.Dirty != hung || status.Failed != hung || len(status.FailedRuns) == 0 || status.OldestDirty < 11*time.Minute || len(status.Failing) > 0 {
			t.Errorf("status %+v", status)
		}
		if n := s.Logs.FilterField(event.Is(event.Failed)).Len(); n != hung {
			t.Errorf("%d lines say that runs hang", n)
		}
		close(back)
		elapse(time.Second)
		if status := m.Status(); status.Dirty != 0 {
			t.Errorf("status %+v", status)
		}
		r.end(t)
		for i := range hung {
			wantHistory(t, b, fmt.Sprint("hung", i), 1)
		}
	})
}

// deniedTree is a tree that the mirror may not read, although the watcher may.
type deniedTree struct{ store.Tree }

func (deniedTree) ReadTraining(context.Context, string, func([]store.Source) bool) (store.File[store.TrainingStats], error) {
	return store.File[store.TrainingStats]{}, &store.TreeError{Err: fs.ErrPermission}
}

// TestUnreadableTreeIsLoggedIfItLasts shows that the mirror also logs an unreadable tree, because
// the watcher may be able to read it.
func TestUnreadableTreeIsLoggedIfItLasts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.StoreTraining("run", training(0, 10, 0))
		m := New(s.Tree(), s.open(), nil, Options{Log: s.Log})
		m.tree = deniedTree{s.Tree()}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := &running{m, stop, make(chan error, 1)}
		go func() { r.ended <- m.Run(ctx) }()
		failed := func() int { return s.Logs.FilterField(event.Is(event.Failed)).Len() }
		elapse(5 * time.Second)
		if n := failed(); n > 0 {
			t.Errorf("%d lines at once", n)
		}
		elapse(time.Minute)
		if n := failed(); n != 1 {
			t.Errorf("%d lines after a minute", n)
		}
		r.end(t)
	})
}
