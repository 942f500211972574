package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
)

func (s *site) live2(run string, m *Mirror, life float64) {
	s.StoreTraining(run, training(0, 10, life))
	s.Check(m.SyncAll(s.T.Context(), nil))
}

func historyNames(f *backuptest.Fake) []string {
	return slices.DeleteFunc(f.Names(), func(n string) bool { return !strings.HasPrefix(n, snapshot.EndedDir) })
}

// slow is a backup whose removals take a while and ignore their context.
type slow struct{ *backuptest.Fake }

func (f *slow) Remove(_ context.Context, name, version string) error {
	time.Sleep(400 * time.Millisecond)
	return f.Fake.Remove(context.Background(), name, version)
}

// A crash after the record and before the removal leaves generations that retention now keeps. When
// the catalog later loses one, the backup's copy stays.
func TestStaleRemovalKeepsTheLastCopy(t *testing.T) {
	for _, how := range []string{"lost", "damaged and moved away"} {
		t.Run(how, func(t *testing.T) {
			s, b := newSite(t), backuptest.NewFake("backup")
			c := s.open()
			s.live("run", s.mirror(c, b), 4)
			s.Check(change(c, "run", func(tx *catalog.Tx) error { return tx.NoteRemoved(2) })) // statsmirror prune --keep-generations 1, and the power is cut
			c = s.reopen(c, func() {})
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil)) // retention keeps everything
			wantHistory(t, dir.New(s.State()), "run", 1, 2, 3, 4)
			wantHistory(t, b, "run", 1, 2, 3, 4)
			if how != "lost" {
				c = s.reopen(c, func() { s.Damage(snapshot.HistoryPath("run", 1)) })
			}
			c = s.reopen(c, func() { s.Check(os.Remove(filepath.Join(s.State(), snapshot.HistoryPath("run", 1)))) })
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
			if !b.Has(snapshot.HistoryPath("run", 1)) {
				t.Errorf("the last good copy of generation 1 was deleted: %q", b.Names())
			}
		})
	}
}

// A backup that lacks the newer generations keeps the old ones.
func TestOldCopiesStayUntilNewerOnesAreThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 4)
		s.live("run", s.mirror(c), 4) // while the backup was away: 1..7, current 8
		b.Refuse("put", ".parquet", "no space left on device")
		m := s.run(c, Options{Keep: catalog.Retention{Generations: 3}}, b)
		elapse(2 * time.Hour)
		m.end(t)
		// the backup had 1, 2, 3 and the current 4: 3 ended generations; the catalog keeps 5, 6, 7
		if got := historyNames(b); !b.Has(snapshot.HistoryPath("run", 3)) {
			t.Errorf("ended generations in a backup that has none of the kept ones: %q", got)
		}
	})
}

// An ended generation is damaged, and the backup has its start as the current generation.
func TestDamagedGenerationOfABackupBehindIsKept(t *testing.T) {
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 2)
	s.live2("run", s.mirror(c), 50)
	c = s.reopen(c, func() { s.Damage(snapshot.HistoryPath("run", 2)) })
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	for _, place := range []backup.Backup{dir.New(s.State()), b} {
		wantHistory(t, place, "run", 1, 2, 3)
	}
}

// An ended generation is lost in the catalog. The backup's current generation is its only copy and
// is not overwritten.
func TestOnlyCopyInABackupBehindIsNotOverwritten(t *testing.T) {
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 2)
	before := statstest.RowsOfTraining(training(0, 10, 1))
	s.live2("run", s.mirror(c), 50) // ends generation 2 while the backup is away
	c = s.reopen(c, func() { s.Check(os.Remove(filepath.Join(s.State(), snapshot.HistoryPath("run", 2)))) })
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	after, err := rowsOfAll(b)
	s.Check(err)
	if !before.In(after) {
		t.Errorf("the last copy of generation 2 was overwritten: %q", b.Names())
	}
}

// A host whose retention is off again does not delete copies of another host.
func TestCopiesOfAnotherHostAreKept(t *testing.T) {
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 4)
	other := newSite(t) // keeps all
	oc := other.open()
	s.Check(other.mirror(oc, b).SyncAll(t.Context(), nil))
	s.Check(s.prune(c, 1, b))
	wantHistory(t, b, "run", 3, 4)
	other.StoreTraining("run", training(0, 20, 3))         // trained further, there
	s.Check(other.mirror(oc, b).SyncAll(t.Context(), nil)) // puts its own copies
	wantHistory(t, b, "run", 1, 2, 3, 4)
	s.Check(oc.Close())
	other.LoseCatalog() // it dies
	s.Check(os.RemoveAll(s.Stats()))
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil)) // also keeps all
	if !b.Has(snapshot.HistoryPath("run", 1)) {
		t.Errorf("the last copy of another host's rows was lost: %q", b.Names())
	}
}

// The history of a run whose damaged snapshot is set aside does not expire, although no Sync stores
// the run again.
func TestHistoryDoesNotExpireBeforeAdoption(t *testing.T) {
	s := newSite(t)
	c := s.open()
	s.live("run", s.mirror(c), 4)
	c = s.reopen(c, func() { s.Damage(snapshot.Path("run")) })
	m := New(s.Tree(), c, nil, Options{Log: s.Log, Keep: catalog.Retention{For: time.Nanosecond}})
	if got := c.Runs(); len(got) != 1 {
		t.Fatal(got)
	} // expire has asked for the runs
	m.replaceDamaged() // Sync does the same meanwhile
	_, err := m.expireRun("run")
	s.Check(err)
	if got := len(c.Files("run")); got != 3 {
		t.Errorf("%d ended generations are left, and nothing else", got)
	}
}

// A crash between history and snapshot leaves the current generation in the history too. There it
// counts as an ended one.
func TestCurrentGenerationInTheHistoryCountsAsEnded(t *testing.T) {
	s := newSite(t)
	c := s.open()
	s.live("run", s.mirror(c), 4)
	current, err := loadCurrent(c, "run")
	s.Check(err)
	s.Check(change(c, "run", func(tx *catalog.Tx) error { return tx.End(current) })) // of Commit, and the power is cut
	s.Check(os.RemoveAll(s.Stats()))
	c = s.reopen(c, func() {})
	s.Check(s.prune(c, 1))
	wantHistory(t, dir.New(s.State()), "run", 3, 4)
}

// A copy that cannot be removed does not stop the removals of later runs.
func TestFailedRemovalStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		for _, run := range []string{"a", "b", "c"} {
			s.live(run, s.mirror(c, b), 3)
		}
		b.Fail(func(op, name string) error {
			if op == "remove" && strings.Contains(name, "/a/") {
				return errors.New("object is locked")
			}
			return nil
		})
		m := s.run(c, Options{Keep: catalog.Retention{Generations: 1}}, b)
		elapse(24 * time.Hour)
		m.end(t)
		wantHistory(t, b, "b", 2, 3)
		wantHistory(t, b, "c", 2, 3)
	})
}

// Many removals of one run delay a copy no longer than pruning may take.
func TestRemovalsDelayCopiesOnlyBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 300)
		b.Fail(func(op, _ string) error {
			if op == "remove" {
				time.Sleep(time.Second)
			}
			return nil
		})
		m := s.run(c, Options{Keep: catalog.Retention{Generations: 1}}, b)
		var worst time.Duration
		for k := range int64(240) {
			elapse(10 * time.Second)
			if k%3 == 0 {
				s.StoreTraining("fresh", training(0, 10+k, 0))
				m.Enqueue("fresh")
			}
			worst = max(worst, m.Status().OldestDirty)
			if since, dirty := m.replicas[0].Status().Dirty["fresh"]; dirty {
				worst = max(worst, time.Since(since))
			}
		}
		m.end(t)
		t.Logf("worst %v", worst)
		if worst > 30*time.Second {
			t.Errorf("a copy waited %v", worst)
		}
	})
}

// Copies that are pending when the service stops do not wait for removals.
func TestStopCopiesBeforeItRemoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		const runs = 40
		for i := range runs {
			s.live(fmt.Sprintf("r%02d", i), s.mirror(c, b), 3)
		}
		m := New(s.Tree(), c, []backup.Backup{b}, Options{Log: s.Log, Keep: catalog.Retention{Generations: 1}})
		_, err := m.expire(t.Context())
		s.Check(err)
		for i := range runs {
			r := m.replicas[0]
			s.Check(r.Copy(t.Context(), fmt.Sprintf("r%02d", i)))
		}
		s.Check(m.replicas[0].Release(t.Context()))
		b.Fail(func(op, _ string) error {
			if op == "remove" {
				time.Sleep(time.Second)
			}
			return nil
		})
		srv := s.run(c, Options{Keep: catalog.Retention{Generations: 1}}, b)
		elapse(time.Second)
		s.StoreTraining("fresh", training(0, 10, 0))
		srv.Enqueue("fresh")
		elapse(500 * time.Millisecond)
		srv.end(t)
		if !b.Has(snapshot.Path("fresh")) {
			t.Errorf("nothing but old copies was removed while the service stopped")
		}
	})
}

// An abandoned removal that completes later is logged.
func TestAbandonedRemovalIsLogged(t *testing.T) {
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 2)
	m := New(s.Tree(), c, []backup.Backup{&slow{b}}, Options{Log: s.Log, Keep: catalog.Retention{For: time.Nanosecond}})
	r := m.replicas[0]
	_, err := m.expire(t.Context())
	s.Check(err)
	s.Check(r.Copy(t.Context(), "run"))
	s.Events()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	t.Log(r.PruneAll(ctx, func(string, []int64) {}))
	time.Sleep(time.Second)
	if !b.Has(snapshot.HistoryPath("run", 1)) && s.Logs.FilterField(event.Is(event.Pruned)).Len() == 0 {
		t.Errorf("generation 1 was removed, and run.pruned was not logged")
	}
}

// Removals that a backup has not recorded yet are not a change that it lacks.
func TestPendingRemovalIsNotAnUnmirroredChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 4)
		m := s.run(c, Options{Keep: catalog.Retention{For: 30 * 24 * time.Hour}}, b)
		elapse(30*24*time.Hour - time.Hour)
		b.Fail(func(string, string) error { return errors.New("away for a moment") })
		var worst time.Duration
		for range 60 {
			elapse(2 * time.Minute)
			worst = max(worst, m.Status().OldestDirty)
		}
		b.Fail(nil)
		elapse(time.Hour)
		m.end(t)
		if worst > 3*time.Hour {
			t.Errorf("oldest_unmirrored_s says %v; the backup has every row", worst)
		}
	})
}
