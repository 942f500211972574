package mirror

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/store"
)

// isUnusable reports whether an error means that a source cannot be used.
func isUnusable(err error) bool {
	_, invalid := errors.AsType[*catalog.InvalidError](err)
	_, unfinished := errors.AsType[*UnfinishedError](err)
	return invalid || unfinished
}

func TestTornFileIsUnfinishedUntilItHasBeenUnchanged(t *testing.T) {
	t.Parallel()
	const after = 30 * time.Second
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		changed time.Time
		torn    bool
		left    time.Duration
	}{
		"just now":           {now, true, after},
		"10 s ago":           {now.Add(-10 * time.Second), true, 20 * time.Second},
		"30 s ago":           {now.Add(-after), true, 0},
		"by a clock ahead":   {now.Add(time.Hour), true, after},
		"long ago":           {time.Unix(0, 0), true, 0},
		"not torn, just now": {now, false, 0},
	} {
		old := now.Add(-time.Hour).UnixNano()
		sources := []store.Source{{Stamp: store.Stamp{ModTime: c.changed.UnixNano()}}, {Stamp: store.Stamp{ModTime: old}}}
		if name == "long ago" || name == "30 s ago" || name == "10 s ago" {
			sources = sources[:1]
		}
		e := &catalog.InvalidError{Torn: c.torn, Since: store.UnchangedSince(sources, now)}
		if left := e.DamagedIn(now, after); left != c.left {
			t.Errorf("%s: damaged in %v, want %v", name, left, c.left)
		}
	}
}

// TestTornFileIsUnfinishedForABoundedTime has a time in the index that is in the future, because
// the clock was set back. It also has the first and the last of all times.
func TestTornFileIsUnfinishedForABoundedTime(t *testing.T) {
	t.Parallel()
	const after = 30 * time.Second
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for since, want := range map[time.Time]time.Duration{
		now.AddDate(0, 0, 1):                          after,
		time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC): after,
		{}: 0,
	} {
		e := &catalog.InvalidError{Torn: true, Since: since}
		if left := e.DamagedIn(now, after); left != want {
			t.Errorf("since %v: damaged in %v, want %v", since, left, want)
		}
	}
}

// TestWriterThatPausesIsNotDamage has a writer that pauses for 20 s in the middle, twice, and then
// dies in the middle of a third store.
func TestWriterThatPausesIsNotDamage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.StoreTraining("run", training(0, 3000, 0))
		file := filepath.Join(s.Stats(), "training_stats", "run")
		content, err := os.ReadFile(file)
		s.Check(err)
		m := s.run(s.open(), Options{})
		s.WantEvents(event.Stored)
		write := func(size int) {
			s.Check(os.WriteFile(file, content[:size], 0o644))
			s.Age("training_stats/run")
			m.Enqueue("run")
		}
		states := func(unfinished, damaged int) {
			t.Helper()
			if got := m.Status(); got.Unfinished != unfinished || got.Damaged != damaged || got.Dirty != 0 {
				t.Errorf("status is %+v", got)
			}
		}
		for _, part := range []int{0, 1, 2} {
			write(len(content) * part / 3)
			elapse(20 * time.Second)
			states(1, 0)
			s.WantEvents()
		}
		write(len(content))
		elapse(time.Minute)
		s.WantEvents()
		states(0, 0)
		write(len(content) / 2)
		elapse(29 * time.Second)
		s.WantEvents()
		unusable, err := catalog.Unusable(t.Context(), archive.New(dir.New(s.State())).Place())
		s.Check(err)
		if len(unusable["run"]) != 1 || unusable["run"][0].State(0) != catalog.SourceUnfinished {
			t.Errorf("unusable is %v", unusable)
		}
		elapse(2 * time.Second)
		s.WantEvents(event.Invalid)
		states(0, 1)
		if state := unusable["run"][0].State(0); state != catalog.SourceDamaged {
			t.Errorf("state is %v", state)
		}
		write(len(content))
		elapse(time.Second)
		states(0, 0)
		m.end(t)
	})
}

// TestSyncAllGoesByTheAgeOfATornFile syncs a torn file that was just written, and an old one.
func TestSyncAllGoesByTheAgeOfATornFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.StoreTraining("run", training(0, 100, 0))
	s.Tear(filepath.Join(s.Stats(), "training_stats", "run"))
	m := s.mirror(s.open())
	_, unfinished := errors.AsType[*UnfinishedError](m.SyncAll(t.Context(), nil))
	if !unfinished {
		t.Error("a file that was written just now counts as damaged")
	}
	s.Age("training_stats/run")
	_, invalid := errors.AsType[*catalog.InvalidError](m.SyncAll(t.Context(), nil))
	if !invalid {
		t.Error("a file that was torn long ago does not count as damaged")
	}
	s.Remove(store.Training, "run")
	s.Check(m.SyncAll(t.Context(), nil))
	if unusable, err := catalog.Unusable(t.Context(), archive.New(dir.New(s.State())).Place()); err != nil || len(unusable) > 0 {
		t.Errorf("a missing file counts as unusable: %v, %v", unusable, err)
	}
}

// TestFileThatIsNotAPickleIsOneWarning has files of other programs beside a run, and one in place
// of a run's file, which is damage.
func TestFileThatIsNotAPickleIsOneWarning(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.StoreTraining("run", training(0, 10, 0))
	c := s.open()
	m := s.mirror(c)
	s.Check(m.SyncAll(t.Context(), nil))
	s.Events()
	foreign := []string{"Some notes", "\x1f\x8b\x08\x00gzip", "<!DOCTYPE html>", "(see there)", "code\nname\n", "]" + " text", "\x00\x00\x00\x01Bud1"}
	for i, content := range foreign {
		name := fmt.Sprint("training_stats/foreign", i)
		s.Check(os.WriteFile(filepath.Join(s.Stats(), name), []byte(content), 0o644))
		s.Age(name)
	}
	s.Check(m.SyncAll(t.Context(), nil))
	s.WantEvents(slices.Repeat([]string{event.Foreign}, len(foreign))...)
	s.Check(m.SyncAll(t.Context(), nil))
	s.Check(c.Close())
	m = s.mirror(s.open())
	s.Check(m.SyncAll(t.Context(), nil))
	s.WantEvents()
	for _, content := range []string{"Some notes", "\x00\x00\x00\x00"} {
		s.Check(os.WriteFile(filepath.Join(s.Stats(), "training_stats", "run"), []byte(content), 0o644))
		s.Age("training_stats/run")
		if err := m.SyncAll(t.Context(), nil); !isUnusable(err) {
			t.Errorf("the file of a run became %q: %v", content, err)
		}
	}
	if got := m.Status(); got.Unfinished != 0 || got.Damaged != 1 || len(got.DamagedRuns) != 1 { // the run alone
		t.Errorf("status is %+v", got)
	}
}
