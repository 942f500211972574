package mirror

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

func TestRetentionKeeps(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	all := []ended{{1, now.AddDate(0, 0, -40)}, {3, now.AddDate(0, 0, -30)}, {4, now.AddDate(0, 0, -20)}, {5, now.AddDate(0, 0, 10)}}
	const day = 24 * time.Hour
	for _, c := range []struct {
		keep Retention
		want []int64
	}{
		{Retention{}, nil},
		{Retention{Generations: 1}, []int64{1, 3, 4}},
		{Retention{Generations: 4}, nil},
		{Retention{Generations: 9}, nil},
		{Retention{Generations: -1}, nil},
		{Retention{Generations: math.MinInt, For: -1}, nil},
		{Retention{For: 35 * day}, []int64{1}},
		{Retention{For: time.Second}, []int64{1, 3, 4}}, // one ended in the future, by another clock
		{Retention{Generations: 1, For: 25 * day}, []int64{1, 3}},
		{Retention{Generations: 3, For: 25 * day}, []int64{1}},
	} {
		if diff := cmp.Diff(c.want, c.keep.expired(all, now)); diff != "" {
			t.Errorf("%+v: %s", c.keep, diff)
		}
	}
	unordered := []ended{{1, now}, {2, now.AddDate(-1, 0, 0)}}
	if got := (Retention{For: day}).expired(unordered, now); got != nil {
		t.Errorf("%v leave a gap", got)
	}
}

// live gives a run that many generations, the last of which is its current one.
func (s *site) live(run string, m *Mirror, generations int) {
	s.t.Helper()
	for g := range generations {
		s.storeTraining(run, training(0, 10, float64(g)))
		s.check(m.SyncAll(s.t.Context(), nil))
	}
}

// wantHistory holds a run to a whole history of these generations.
func wantHistory(t *testing.T, place backup.Backup, run string, want ...int64) {
	t.Helper()
	a := NewArchive(place)
	metas, err := a.History(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, meta := range metas {
		got = append(got, meta.Generation)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", place, diff)
	}
	if findings := a.Verify(t.Context(), run); len(findings) > 0 {
		t.Errorf("%s: %v", place, findings)
	}
}

func TestRetentionInCatalogAndBackups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b, late := newSite(t), newFake("backup"), newFake("late")
		c := s.open()
		s.live("run", s.mirror(c, b, late), 5)
		s.live("other", s.mirror(c, b, late), 2)
		late.fail = func(string, string) error { return errors.New("down") }
		options := Options{Log: s.log, Keep: Retention{Generations: 2}}
		expired, err := ExpiredIn(s.state(), options.Keep)
		s.check(err)
		want := []Expired{{"run", "", []int64{1, 2}}, {"run", "backup", []int64{1, 2}}, {"run", "late", []int64{1, 2}}}
		if diff := cmp.Diff(want, expired); diff != "" {
			t.Error(diff)
		}
		wantHistory(t, dir.New(s.state()), "run", 1, 2, 3, 4, 5) // it was only asked

		pruned, err := New(s.tree(), c, []backup.Backup{b, late}, options).Prune(t.Context(), false)
		if diff := cmp.Diff(want[:2], pruned); err == nil || diff != "" {
			t.Errorf("error %v, removed %s", err, diff)
		}
		for _, place := range []backup.Backup{dir.New(s.state()), b} {
			wantHistory(t, place, "run", 3, 4, 5)
			wantHistory(t, place, "other", 1, 2)
		}
		late.fail = nil
		wantHistory(t, late, "run", 1, 2, 3, 4, 5)

		s.check(c.Close()) // what is to be removed is known after a restart
		c = s.open()
		s.check(New(s.tree(), c, []backup.Backup{b, late}, options).SyncAll(t.Context(), nil))
		wantHistory(t, late, "run", 3, 4, 5)

		s.check(c.Close()) // a catalog that is adopted knows what was removed
		s.loseCatalog()
		c = s.open()
		s.check(s.mirror(c, b).SyncAll(t.Context(), nil))
		wantHistory(t, dir.New(s.state()), "run", 3, 4, 5)
		s.live("run", s.mirror(c, b), 2)
		wantHistory(t, b, "run", 3, 4, 5, 6, 7)
	})
}

func TestRetentionRemovesNothingButWhatItCopied(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), newFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 4)
	theirs := newFake("elsewhere")
	other := newSite(t)
	rival := other.mirror(other.open(), theirs)
	other.storeTraining("run", training(0, 20, 9))
	s.check(rival.SyncAll(t.Context(), nil))
	other.live("run", rival, 1)
	name := snapshot.HistoryPath("run", 1)
	b.files[name] = theirs.files[name] // another's history
	m := New(s.tree(), c, []backup.Backup{b}, Options{Log: s.log, Keep: Retention{Generations: 1}})
	_, err := m.expire(t.Context())
	s.check(err)
	s.check(s.mirror(c, b).SyncAll(t.Context(), nil))
	for _, place := range []backup.Backup{dir.New(s.state()), b} {
		wantHistory(t, place, "run", 1, 2, 3, 4)
		got, err := NewArchive(place).Load(t.Context(), "run", 1)
		s.check(err)
		if want := snapshot.ContentSHA256(&snapshot.Snapshot{Training: training(0, 20, 9)}); snapshot.ContentSHA256(got) != want {
			t.Errorf("%s: generation 1 is not what another wrote", place)
		}
	}
}

func TestServiceAppliesRetention(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), newFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 4)
		for g := range int64(3) {
			name := filepath.Join(s.state(), snapshot.HistoryPath("run", g+1))
			at := time.Now().Add(time.Duration(g) * 24 * time.Hour)
			s.check(os.Chtimes(name, at, at))
		}
		s.events()
		m := s.run(c, Options{Keep: Retention{For: 48 * time.Hour}}, b)
		elapse(47 * time.Hour)
		wantHistory(t, b, "run", 1, 2, 3, 4)
		elapse(2 * time.Hour)
		wantHistory(t, b, "run", 2, 3, 4)
		elapse(100 * 24 * time.Hour)
		wantHistory(t, b, "run", 4)
		wantHistory(t, dir.New(s.state()), "run", 4)
		if m.Status().Dirty > 0 {
			t.Errorf("status %+v", m.Status())
		}
		m.end(t)
		removed := s.logs.FilterField(event.Is(event.Pruned)).Len()
		if failed := s.logs.FilterField(event.Is(event.BackupFailed)).Len(); removed != 6 || failed > 0 {
			t.Errorf("logged %d removals, %d failures", removed, failed)
		}
	})
}
