package mirror

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// live gives a run a number of generations, the last of which is current.
func (s *site) live(run string, m *Mirror, generations int) {
	s.T.Helper()
	for g := range generations {
		s.StoreTraining(run, training(0, 10, float64(g)))
		s.Check(m.SyncAll(s.T.Context(), nil))
	}
}

// wantHistory checks that a run has exactly these generations, all whole.
func wantHistory(t *testing.T, place backup.Backup, run string, want ...int64) {
	t.Helper()
	a := archive.New(place)
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
		s, b, late := newSite(t), backuptest.NewFake("backup"), backuptest.NewFake("late")
		c := s.open()
		s.live("run", s.mirror(c, b, late), 5)
		s.live("other", s.mirror(c, b, late), 2)
		late.Fail(func(string, string) error { return errors.New("down") })
		options := Options{Log: s.Log, Keep: catalog.Retention{Generations: 2}}
		expired, err := catalog.ExpiredIn(s.State(), options.Keep)
		s.Check(err)
		want := []catalog.Expired{{Run: "run", Generations: []int64{1, 2}}, {Run: "run", Backup: "backup", Generations: []int64{1, 2}}, {Run: "run", Backup: "late", Generations: []int64{1, 2}}}
		if diff := cmp.Diff(want, expired); diff != "" {
			t.Error(diff)
		}
		wantHistory(t, dir.New(s.State()), "run", 1, 2, 3, 4, 5) // a dry run

		pruned, err := New(s.Tree(), c, []backup.Backup{b, late}, options).Prune(t.Context(), false)
		if diff := cmp.Diff(want[:2], pruned); err == nil || diff != "" {
			t.Errorf("error %v, removed %s", err, diff)
		}
		for _, place := range []backup.Backup{dir.New(s.State()), b} {
			wantHistory(t, place, "run", 3, 4, 5)
			wantHistory(t, place, "other", 1, 2)
		}
		late.Fail(nil)
		wantHistory(t, late, "run", 1, 2, 3, 4, 5)

		s.Check(c.Close()) // the removals are known after a restart
		c = s.open()
		s.Check(New(s.Tree(), c, []backup.Backup{b, late}, options).SyncAll(t.Context(), nil))
		wantHistory(t, late, "run", 3, 4, 5)

		s.Check(c.Close()) // an adopted catalog knows the removals
		s.LoseCatalog()
		c = s.open()
		s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		wantHistory(t, dir.New(s.State()), "run", 3, 4, 5)
		s.live("run", s.mirror(c, b), 2)
		wantHistory(t, b, "run", 3, 4, 5, 6, 7)
	})
}

func TestRetentionRemovesOnlyItsOwnCopies(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 4)
	theirs := backuptest.NewFake("elsewhere")
	other := newSite(t)
	rival := other.mirror(other.open(), theirs)
	other.StoreTraining("run", training(0, 20, 9))
	s.Check(rival.SyncAll(t.Context(), nil))
	other.live("run", rival, 1)
	name := snapshot.HistoryPath("run", 1)
	b.Write(name, theirs.Content(name)) // another service's history
	m := New(s.Tree(), c, []backup.Backup{b}, Options{Log: s.Log, Keep: catalog.Retention{Generations: 1}})
	_, err := m.expire(t.Context())
	s.Check(err)
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	for _, place := range []backup.Backup{dir.New(s.State()), b} {
		wantHistory(t, place, "run", 1, 2, 3, 4)
		got, err := archive.New(place).Load(t.Context(), "run", 1)
		s.Check(err)
		if want := snapshot.ContentSHA256(&snapshot.Snapshot{Training: training(0, 20, 9)}); snapshot.ContentSHA256(got) != want {
			t.Errorf("%s: generation 1 is not the other service's", place)
		}
	}
}

func TestServiceAppliesRetention(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 2)
		for g := range int64(2) {
			elapse(24 * time.Hour)
			s.StoreTraining("run", training(0, 10, float64(g+3)))
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
			s.forgetTimes("run", g+1) // the times of the files say nothing
		}
		s.Events()
		m := s.run(c, Options{Keep: catalog.Retention{For: 72 * time.Hour}}, b)
		elapse(23 * time.Hour)
		wantHistory(t, b, "run", 1, 2, 3, 4)
		if due := s.Logs.FilterField(event.Is(event.Retention)); due.Len() != 1 || due.FilterField(zap.Int(event.FieldExpired, 0)).Len() != 1 {
			t.Errorf("%d lines announce retention", due.Len())
		}
		elapse(2 * time.Hour)
		wantHistory(t, b, "run", 2, 3, 4)
		elapse(100 * 24 * time.Hour)
		wantHistory(t, b, "run", 4)
		wantHistory(t, dir.New(s.State()), "run", 4)
		if m.Status().Dirty > 0 {
			t.Errorf("status %+v", m.Status())
		}
		m.end(t)
		removed := s.Logs.FilterField(event.Is(event.Pruned)).Len()
		if failed := s.Logs.FilterField(event.Is(event.BackupFailed)).Len(); removed != 6 || failed > 0 {
			t.Errorf("logged %d removals, %d failures", removed, failed)
		}
	})
}

// forgetTimes sets the times of the file of an ended generation to 1970, as a copy without
// times may.
func (s *site) forgetTimes(run string, generation int64) {
	s.T.Helper()
	s.Check(os.Chtimes(filepath.Join(s.State(), snapshot.HistoryPath(run, generation)), time.Unix(0, 0), time.Unix(0, 0)))
}

func TestGenerationEndsWhenItsFileSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 2)
		keep := catalog.Retention{For: 72 * time.Hour}
		want := func(want ...catalog.Expired) {
			t.Helper()
			expired, err := catalog.ExpiredIn(s.State(), keep)
			s.Check(err)
			if diff := cmp.Diff(want, expired); diff != "" {
				t.Error(diff)
			}
		}
		s.Check(c.Close())
		s.forgetTimes("run", 1)
		want()
		s.Check(os.RemoveAll(filepath.Join(s.State(), recordsDir)))
		want()
		elapse(48 * time.Hour)
		s.LoseCatalog() // an adopted generation keeps its time
		c = s.open()
		s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		s.Check(c.Close())
		want()
		elapse(25 * time.Hour)
		want(catalog.Expired{Run: "run", Generations: []int64{1}}, catalog.Expired{Run: "run", Backup: "backup", Generations: []int64{1}})
	})
}

func TestGenerationWithoutEndIsKeptFromWhenItWasSeen(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]time.Time{
		"of an earlier version": {}, "in the future": time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), "before 1970": time.Unix(-1, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				s.liveUntil(end)
				s.Check(os.RemoveAll(filepath.Join(s.State(), recordsDir))) // nothing else knows when it ended
				elapse(100 * 24 * time.Hour)
				for _, days := range []time.Duration{0, 2, 3} { // also after a restart
					elapse(days * 24 * time.Hour)
					c := s.open()
					generations, err := c.Expired("run", catalog.Retention{For: 4 * 24 * time.Hour}, time.Now())
					s.Check(err)
					if len(generations) > 0 != (days == 3) {
						t.Errorf("%v expired after %d more days", generations, days)
					}
					s.forgetTimes("run", 1) // changes its stamp
					s.Check(c.Close())
				}
			})
		})
	}
}

// liveUntil gives a run two generations. The file of the first says when it ended, and has times of
// 1970.
func (s *site) liveUntil(end time.Time) {
	s.T.Helper()
	c := s.open()
	s.live("run", s.mirror(c), 2)
	name := snapshot.HistoryPath("run", 1)
	first, err := readFile(filepath.Join(s.State(), name))
	s.Check(err)
	s.Check(c.Close())
	first.Ended = end
	var b bytes.Buffer
	_, err = snapshot.Write(&b, first)
	s.Check(err)
	s.Check(os.WriteFile(filepath.Join(s.State(), name), b.Bytes(), 0o600))
	s.forgetTimes("run", 1)
}

// TestEndInTheFutureIsKept reads the end in a file while the clock is behind it.
func TestEndInTheFutureIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ended := time.Now().AddDate(10, 0, 0)
		s.liveUntil(ended)
		for range 2 { // the second time, it comes from the index
			c := s.open()
			generations, err := c.Expired("run", catalog.Retention{For: 24 * time.Hour}, ended.Add(23*time.Hour))
			s.Check(err)
			if len(generations) > 0 {
				t.Errorf("%v expired", generations)
			}
			s.Check(c.Close())
		}
	})
}

// TestRetentionIsAnnouncedWhenTheServiceBegins also shows that nothing is removed before the
// announced time.
func TestRetentionIsAnnouncedWhenTheServiceBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 4)
		s.live("other", s.mirror(c, b), 2)
		s.Events()
		want := time.Now().Add(time.Hour)
		m := s.run(c, Options{Keep: catalog.Retention{Generations: 2}, Rescan: time.Hour}, b)
		due := s.Logs.FilterField(event.Is(event.Retention)).All()
		if len(due) != 1 {
			t.Fatalf("%d lines announce retention", len(due))
		}
		got := due[0].ContextMap()
		if at, ok := got[event.FieldAt].(time.Time); !ok || !at.Equal(want) || got[event.FieldExpired] != int64(1) || got[event.FieldRuns] != int64(1) {
			t.Errorf("announced: %v, not at %v", got, want)
		}
		elapse(time.Until(want) - time.Second)
		wantHistory(t, dir.New(s.State()), "run", 1, 2, 3, 4)
		elapse(2 * time.Second)
		wantHistory(t, dir.New(s.State()), "run", 2, 3, 4)
		m.end(t)
	})
}
