package mirror

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// prune keeps a number of ended generations of each run.
func (s *site) prune(c *catalog.Catalog, keep int, backups ...backup.Backup) error {
	_, err := New(s.Tree(), c, backups, Options{Log: s.Log, Keep: catalog.Retention{Generations: keep}}).Prune(s.T.Context(), true)
	return err
}

// reopen closes a catalog, changes something, and opens it again.
func (s *site) reopen(c *catalog.Catalog, change func()) *catalog.Catalog {
	s.T.Helper()
	s.Check(c.Close())
	change()
	return s.open()
}

// forgetRecords removes files that are only a cache.
func (s *site) forgetRecords() { s.Check(os.RemoveAll(filepath.Join(s.State(), recordsDir))) }

func TestDamageDoesNotCountAsRemoval(t *testing.T) {
	t.Parallel()
	first := snapshot.HistoryPath("run", 1)
	for _, damage := range []string{"damaged", "lost"} {
		t.Run(damage, func(t *testing.T) {
			s, b := newSite(t), backuptest.NewFake("backup")
			c := s.open()
			s.live("run", s.mirror(c, b), 4)
			other := newSite(t) // with different retention
			s.Check(other.prune(other.open(), 1, b))
			wantHistory(t, b, "run", 3, 4)
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
			wantHistory(t, b, "run", 1, 2, 3, 4)
			c = s.reopen(c, func() {
				if damage == "lost" {
					s.Check(os.Remove(filepath.Join(s.State(), first)))
				} else {
					s.Damage(first)
				}
			})
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
			wantHistory(t, b, "run", 1, 2, 3, 4)
			s.Check(c.Close())
		})
	}
}

func TestDamagedEndedGenerationIsRepaired(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 4)
	c = s.reopen(c, func() { s.Damage(snapshot.HistoryPath("run", 2)) })
	s.StoreTraining("run", training(0, 20, 3)) // the backup lacks this
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	for _, place := range []backup.Backup{b, dir.New(s.State())} {
		wantHistory(t, place, "run", 1, 2, 3, 4)
	}
}

func TestPruneWaitsForABackupThatIsDown(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 4)
	b.Fail(func(string, string) error { return errors.New("down") })
	if err := s.prune(c, 1, b); err == nil {
		t.Error("a backup that is down was pruned")
	}
	b.Fail(nil)
	c = s.reopen(c, func() {})
	s.Check(s.prune(c, 1, b))
	wantHistory(t, b, "run", 3, 4)
	wantHistory(t, dir.New(s.State()), "run", 3, 4)
}

// TestWithoutRetentionNothingIsRemoved turns retention off before the backup comes back.
func TestWithoutRetentionNothingIsRemoved(t *testing.T) {
	t.Parallel()
	for _, forget := range []bool{false, true} {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		s.live("run", s.mirror(c, b), 4)
		s.Check(s.prune(c, 1)) // the backup is away
		c = s.reopen(c, func() {
			if forget {
				s.forgetRecords()
			}
		})
		s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		wantHistory(t, b, "run", 1, 2, 3, 4)
		if forget { // otherwise the backup need not be reconciled
			wantHistory(t, dir.New(s.State()), "run", 1, 2, 3, 4)
		}
		s.Check(c.Close())
	}
}

func TestBackupAddedAfterPruning(t *testing.T) {
	t.Parallel()
	s, a, b := newSite(t), backuptest.NewFake("a"), backuptest.NewFake("b")
	c := s.open()
	s.live("run", s.mirror(c, a), 5)
	s.Check(s.prune(c, 2, a))
	s.Check(s.mirror(c, a, b).SyncAll(t.Context(), nil))
	wantHistory(t, a, "run", 3, 4, 5)
	wantHistory(t, b, "run", 3, 4, 5)
}

func TestPruneKeepsHistoryBesideDamage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.live("run", s.mirror(c), 3)
	s.Check(os.RemoveAll(s.Stats()))
	c = s.reopen(c, func() { s.Damage(snapshot.Path("run")) })
	s.Check(s.prune(c, 1))
	if got := len(c.Files("run")); got != 2 {
		t.Errorf("%d ended generations are left, and nothing else", got)
	}
}

func TestPrunedCatalogMeetsABackupThatIsBehind(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 5)
	s.StoreTraining("run", training(0, 10, 77))
	s.Check(s.mirror(c).SyncAll(t.Context(), nil))
	s.Check(s.prune(c, 2))
	c = s.reopen(c, s.forgetRecords)
	s.Check(s.prune(c, 2, b))
	wantHistory(t, dir.New(s.State()), "run", 4, 5, 6)
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil)) // keeps all
	wantHistory(t, dir.New(s.State()), "run", 4, 5, 6)
}

func TestNewLifeMeetsAPrunedBackup(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 6)
	s.Check(s.prune(c, 1, b))
	c = s.reopen(c, s.LoseCatalog)
	for g := range 3 {
		s.StoreTraining("run", training(0, 10, float64(100+g)))
		s.Check(s.mirror(c).SyncAll(t.Context(), nil))
	}
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	for _, place := range []backup.Backup{b, dir.New(s.State())} {
		wantHistory(t, place, "run", 5, 6, 7, 8, 9)
	}
}

// A backup that allows writing but no deletion gets every copy in time.
func TestFailedRemovalsDelayNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		c := s.open()
		const runs = 50
		for g := range 2 {
			for i := range runs {
				s.StoreTraining(fmt.Sprint("run", i), training(0, 3, float64(g)))
			}
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		}
		b.Refuse("remove", "", "access denied")
		elapse(100 * 24 * time.Hour)
		s.Events()
		m := s.run(c, Options{Keep: catalog.Retention{For: 24 * time.Hour}}, b)
		for k := range int64(6) {
			elapse(17 * time.Minute)
			s.StoreTraining("fresh", training(0, 10+k, 0))
			m.Enqueue("fresh")
			elapse(15 * time.Second)
			if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 {
				t.Errorf("status %+v", status)
			}
		}
		refused := s.Logs.FilterField(event.Is(event.NotRemoved)).Len()
		if refused < 10 || refused > 25 {
			t.Errorf("logged %d times in 100 min that nothing may be removed", refused)
		}
		b.Fail(nil)
		elapse(6 * time.Minute)
		m.end(t)
		for i := range runs {
			wantHistory(t, b, fmt.Sprint("run", i), 2)
		}
	})
}
