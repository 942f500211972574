package mirror

import (
	"bytes"
	"errors"
	"math"
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
	s.T.Helper()
	for g := range generations {
		s.StoreTraining(run, training(0, 10, float64(g)))
		s.Check(m.SyncAll(s.T.Context(), nil))
	}
}

// wantHistory holds a run to a whole history of these generations.
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
		options := Options{Log: s.Log, Keep: Retention{Generations: 2}}
		expired, err := ExpiredIn(s.State(), options.Keep)
		s.Check(err)
		want := []Expired{{"run", "", []int64{1, 2}}, {"run", "backup", []int64{1, 2}}, {"run", "late", []int64{1, 2}}}
		if diff := cmp.Diff(want, expired); diff != "" {
			t.Error(diff)
		}
		wantHistory(t, dir.New(s.State()), "run", 1, 2, 3, 4, 5) // it was only asked

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

		s.Check(c.Close()) // what is to be removed is known after a restart
		c = s.open()
		s.Check(New(s.Tree(), c, []backup.Backup{b, late}, options).SyncAll(t.Context(), nil))
		wantHistory(t, late, "run", 3, 4, 5)

		s.Check(c.Close()) // a catalog that is adopted knows what was removed
		s.LoseCatalog()
		c = s.open()
		s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		wantHistory(t, dir.New(s.State()), "run", 3, 4, 5)
		s.live("run", s.mirror(c, b), 2)
		wantHistory(t, b, "run", 3, 4, 5, 6, 7)
	})
}

func TestRetentionRemovesNothingButWhatItCopied(t *testing.T) {
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
	b.Write(name, theirs.Content(name)) // another's history
	m := New(s.Tree(), c, []backup.Backup{b}, Options{Log: s.Log, Keep: Retention{Generations: 1}})
	_, err := m.expire(t.Context())
	s.Check(err)
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	for _, place := range []backup.Backup{dir.New(s.State()), b} {
		wantHistory(t, place, "run", 1, 2, 3, 4)
		got, err := archive.New(place).Load(t.Context(), "run", 1)
		s.Check(err)
		if want := snapshot.ContentSHA256(&snapshot.Snapshot{Training: training(0, 20, 9)}); snapshot.ContentSHA256(got) != want {
			t.Errorf("%s: generation 1 is not what another wrote", place)
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
			s.forgetTimes("run", g+1) // those of its files say nothing
		}
		s.Events()
		m := s.run(c, Options{Keep: Retention{For: 72 * time.Hour}}, b)
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
		keep := Retention{For: 72 * time.Hour}
		want := func(want ...Expired) {
			t.Helper()
			expired, err := ExpiredIn(s.State(), keep)
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
		want(Expired{"run", "", []int64{1}}, Expired{"run", "backup", []int64{1}})
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
					generations, err := c.expired("run", Retention{For: 4 * 24 * time.Hour}, time.Now())
					s.Check(err)
					if len(generations) > 0 != (days == 3) {
						t.Errorf("%v expired after %d days more", generations, days)
					}
					s.forgetTimes("run", 1) // changes its stamp
					s.Check(c.Close())
				}
			})
		})
	}
}

// liveUntil gives a run two generations. The file of the first says that it ended at a time,
// and has the times of 1970.
func (s *site) liveUntil(end time.Time) {
	s.T.Helper()
	c := s.open()
	s.live("run", s.mirror(c), 2)
	name := snapshot.HistoryPath("run", 1)
	first, err := c.read(name)
	s.Check(err)
	s.Check(c.Close())
	first.Ended = end
	var b bytes.Buffer
	_, err = snapshot.Write(&b, first)
	s.Check(err)
	s.Check(os.WriteFile(filepath.Join(s.State(), name), b.Bytes(), 0o600))
	s.forgetTimes("run", 1)
}

// TestClockThatJumpsExpiresNothing lets a generation end while the wall clock is wrong or
// right. Then the clock jumps, and retention removes old generations.
func TestClockThatJumpsExpiresNothing(t *testing.T) {
	t.Parallel()
	const years = 10 * 365 * 24 * time.Hour
	for name, jumps := range map[string]struct{ ends, expires time.Duration }{
		"forward":           {0, years},
		"back":              {0, -years},
		"back, and forward": {-years, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				c := s.open()
				started := time.Now()
				jump := jumps.ends
				c.clock.wall = func() time.Time { return time.Now().Add(jump) }
				s.live("run", s.mirror(c), 2)
				elapse(2 * time.Hour)
				s.Check(c.Close())
				c = s.open() // as a reload does
				c.clock.wall = func() time.Time { return time.Now().Add(jump) }
				c.clock.began = c.clock.began.Add(jumps.expires)
				m := New(s.Tree(), c, nil, Options{Log: s.Log, Keep: Retention{For: 72 * time.Hour}, Started: started})
				jump = jumps.expires
				if expired, err := m.expire(t.Context()); err != nil || len(expired) > 0 {
					t.Errorf("%v expired, error %v", expired, err)
				}
				elapse(72 * time.Hour)
				jump = 0
				if expired, err := m.expire(t.Context()); err != nil || len(expired) != 1 {
					t.Errorf("%v expired, error %v", expired, err)
				}
			})
		})
	}
}

// TestEndInTheFutureIsKept reads the end that a file gives while the clock is behind it.
func TestEndInTheFutureIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ended := time.Now().AddDate(10, 0, 0)
		s.liveUntil(ended)
		for range 2 { // it is in the index the second time
			c := s.open()
			generations, err := c.expired("run", Retention{For: 24 * time.Hour}, ended.Add(23*time.Hour))
			s.Check(err)
			if len(generations) > 0 {
				t.Errorf("%v expired", generations)
			}
			s.Check(c.Close())
		}
	})
}

// TestRetentionIsAnnouncedWhenTheServiceBegins also shows that nothing is removed before
// the time that is announced.
func TestRetentionIsAnnouncedWhenTheServiceBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 4)
		s.live("other", s.mirror(c, b), 2)
		s.Events()
		want := time.Now().Add(time.Hour)
		m := s.run(c, Options{Keep: Retention{Generations: 2}, Rescan: time.Hour}, b)
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
