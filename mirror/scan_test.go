package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// TestScanFindsChangedRuns checks that a scan finds exactly the runs for which a Sync has something
// to do.
func TestScanFindsChangedRuns(t *testing.T) {
	t.Parallel()
	stats := func(s *site, kind store.Kind, name string) string {
		return filepath.Join(s.Stats(), string(kind), name)
	}
	for name, test := range map[string]struct {
		change func(s *site) error
		due    []string
	}{
		"nothing":         {func(*site) error { return nil }, []string{}},
		"grown":           {func(s *site) error { s.StoreTraining("a", training(0, 20, 0)); return nil }, []string{"a"}},
		"touched":         {func(s *site) error { s.Age("training_stats/a"); return nil }, []string{"a"}},
		"new":             {func(s *site) error { s.StoreTraining("new", training(0, 10, 0)); return nil }, []string{"new"}},
		"other kind":      {func(s *site) error { s.StoreValidation("a", validation(0, 5)); return nil }, []string{"a"}},
		"gone":            {func(s *site) error { s.Remove(store.Training, "a"); return nil }, []string{"a"}},
		"tree gone":       {func(s *site) error { return os.RemoveAll(filepath.Join(s.Stats(), "training_stats")) }, []string{"a"}},
		"other kind gone": {func(s *site) error { s.Remove(store.Training, "b"); return nil }, []string{}},
		"replaced": {func(s *site) error {
			return errors.Join(os.Rename(stats(s, store.Training, "a"), stats(s, store.Training, "c")))
		}, []string{"a", "c"}},
		"directory": {func(s *site) error {
			return errors.Join(os.Remove(stats(s, store.Training, "a")), os.Mkdir(stats(s, store.Training, "a"), 0o755))
		}, []string{"a"}},
		"link": {func(s *site) error {
			return errors.Join(os.Remove(stats(s, store.Training, "a")), os.Symlink("b", stats(s, store.Training, "a")))
		}, []string{"a"}},
		"temporary file": {func(s *site) error { return os.WriteFile(stats(s, store.Training, durable.TempPrefix+"1"), nil, 0o644) }, []string{}},
		"snapshot gone":  {func(s *site) error { return os.RemoveAll(filepath.Join(s.State(), snapshot.CurrentDir)) }, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.StoreTraining("a", training(0, 10, 0))
			s.StoreTraining("b", training(0, 10, 0))
			s.StoreValidation("b", validation(0, 5))
			c := s.open()
			s.Check(s.mirror(c).SyncAll(t.Context(), nil))
			s.Check(c.Close())
			s.Check(test.change(s))
			if diff := cmp.Diff(test.due, slices.Compact(s.due())); diff != "" {
				t.Error(diff)
			}
			c = s.open()
			s.Check(s.mirror(c).SyncAll(t.Context(), nil))
			for _, run := range c.Runs() {
				sources, err := s.Tree().Stat(run, store.Training)
				if err == nil && !slices.Equal(catalog.StampsOf(sources), c.State(run).Record.Seen[store.Training].Files) {
					t.Errorf("%s was not synced", run)
				}
			}
		})
	}
}

// endlessTree is a tree that takes for ever to list.
type endlessTree struct {
	store.Tree
	back chan struct{} // closed to let it end
}

func (e endlessTree) Each(ctx context.Context, do func(store.Kind, []store.Entry)) error {
	<-e.back
	return e.Tree.Each(ctx, do)
}

// TestHungScanHoldsUpNothing makes a scan hang, and requests more meanwhile: then each run is
// checked by itself.
func TestHungScanHoldsUpNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		s.StoreTraining("first", training(0, 10, 0))
		m := New(s.Tree(), s.open(), []backup.Backup{b}, Options{Log: s.Log})
		back := make(chan struct{})
		m.tree = endlessTree{s.Tree(), back}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		r := &running{m, stop, make(chan error, 1)}
		go func() { r.ended <- m.Run(ctx) }()
		elapse(2 * hangs)
		for i := range 3 {
			run := fmt.Sprint("later", i)
			s.StoreTraining(run, training(0, 10, 0))
			m.EnqueueAll()
			elapse(time.Second)
			wantHistory(t, b, run, 1)
		}
		wantHistory(t, b, "first", 1)
		close(back)
		elapse(time.Second)
		s.StoreTraining("last", training(0, 10, 0))
		m.EnqueueAll()
		elapse(time.Second)
		wantHistory(t, b, "last", 1)
		r.end(t)
	})
}

// stuckTree is a tree on which every call hangs.
type stuckTree struct{ endlessTree }

func (e stuckTree) Runs() ([]string, error) {
	<-e.back
	return e.Tree.Runs()
}

func TestStopWhileTheTreeHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		m := New(s.Tree(), s.open(), nil, Options{Log: s.Log})
		back := make(chan struct{})
		m.tree = stuckTree{endlessTree{s.Tree(), back}}
		ctx, stop := context.WithCancel(t.Context())
		r := &running{m, stop, make(chan error, 1)}
		go func() { r.ended <- m.Run(ctx) }()
		elapse(2 * hangs)
		if took := r.end(t); took > hangs {
			t.Errorf("took %v to stop", took)
		}
		close(back)
		elapse(time.Second)
	})
}
