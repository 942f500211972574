package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// running is a Mirror at work in a synctest bubble.
type running struct {
	*Mirror
	stop  func()
	ended chan error
}

func (s *site) run(c *catalog.Catalog, o Options, backups ...backup.Backup) *running {
	s.T.Helper()
	o.Log = s.Log
	ctx, stop := context.WithCancel(context.Background())
	r := &running{New(s.Tree(), c, backups, o), stop, make(chan error, 1)}
	go func() { r.ended <- r.Run(ctx) }()
	elapse(time.Second)
	return r
}

// elapse lets time pass, then lets everything that is due happen.
func elapse(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// end stops the mirror and returns how long that took.
func (r *running) end(t testing.TB) time.Duration {
	t.Helper()
	began := time.Now()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

func TestBackupThatFailsIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		good, bad := backuptest.NewFake("good"), backuptest.NewFake("bad")
		down := errors.New("no route to host")
		bad.Fail(func(string, string) error { return down })
		for i := range 5 {
			s.StoreTraining(fmt.Sprint("run", i), training(0, 10, 0))
		}
		m := s.run(s.open(), Options{}, bad, good)
		if got := len(good.Names()); got != 5 {
			t.Errorf("the good backup has %d runs", got)
		}
		elapse(10 * time.Minute)
		failures := s.Logs.FilterField(event.Is(event.BackupFailed)).Len()
		if failures < 3 || failures > 11 {
			t.Errorf("%d failures logged in ten minutes", failures)
		}
		if status := m.Status(); status.Runs != 5 || status.Dirty != 5 || status.OldestDirty < 10*time.Minute {
			t.Errorf("status %+v", status)
		}
		bad.Fail(nil)
		elapse(8 * time.Minute)
		if diff := cmp.Diff(good.Names(), bad.Names()); diff != "" {
			t.Error(diff)
		}
		if n := s.Logs.FilterField(event.Is(event.Recovered)).Len(); n != 1 {
			t.Errorf("%d times recovered", n)
		}
		if status := m.Status(); status.Dirty != 0 || status.OldestDirty != 0 {
			t.Errorf("status %+v", status)
		}
		m.end(t)
	})
}

func TestRunThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		b.Fail(func(_, name string) error {
			if strings.Contains(name, "bad") {
				return errors.New("permission denied")
			}
			return nil
		})
		for _, run := range []string{"a", "bad", "c"} {
			s.StoreTraining(run, training(0, 10, 0))
		}
		m := s.run(s.open(), Options{}, b)
		if diff := cmp.Diff([]string{snapshot.Path("a"), snapshot.Path("c")}, b.Names()); diff != "" {
			t.Error(diff)
		}
		s.StoreTraining("a", training(0, 20, 0))
		m.Enqueue("a")
		elapse(2 * time.Second)
		if dirty := m.replicas[0].Status().Dirty; len(dirty) != 1 || dirty["bad"].IsZero() {
			t.Error("a waits for bad")
		}
		b.Fail(nil)
		elapse(10 * time.Minute)
		if len(b.Names()) != 3 || m.Status().Dirty != 0 {
			t.Errorf("has %v", b.Names())
		}
		m.end(t)
	})
}

func TestBackupThatHangsHoldsUpNeitherSyncNorStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		hanging, good := backuptest.NewFake("hanging"), backuptest.NewFake("good")
		resume := hanging.Hang()
		s.StoreTraining("run", training(0, 10, 0))
		m := s.run(s.open(), Options{}, hanging, good)
		elapse(11 * time.Second) // the run might be in the backup that hangs
		if len(good.Names()) != 1 {
			t.Errorf("has %v", good.Names())
		}
		s.StoreTraining("other", training(0, 10, 0))
		m.Enqueue("other")
		elapse(time.Second)
		if len(good.Names()) != 2 {
			t.Errorf("has %v", good.Names())
		}
		if took := m.end(t); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("stopped after %v", took)
		}
		pending := s.Logs.FilterField(event.Is(event.Pending)).All()
		if len(pending) != 1 || pending[0].ContextMap()[event.FieldDirty] != int64(2) {
			t.Errorf("logged %v", pending)
		}
		resume()
	})
}

func TestStopDrainsPendingCopies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		b.Fail(func(operation, _ string) error {
			if operation == "put" {
				return errors.New("no space left on device")
			}
			return nil
		})
		s.StoreTraining("run", training(0, 10, 0))
		m := s.run(s.open(), Options{}, b)
		elapse(10 * time.Minute)
		b.Fail(nil)
		if took := m.end(t); took > time.Second {
			t.Errorf("stopped after %v", took)
		}
		if len(b.Names()) != 1 || s.Logs.FilterField(event.Is(event.Pending)).Len() != 0 {
			t.Errorf("has %v", b.Names())
		}
	})
}

func TestRescanRepairsTheBackup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		for _, run := range []string{"changed", "deleted", "untouched"} {
			s.StoreTraining(run, training(0, 10, 0))
			s.StoreValidation(run, validation(0, 10))
		}
		m := s.run(s.open(), Options{}, b)
		puts := b.Puts()
		b.Delete(snapshot.Path("deleted"))
		changed := b.Content(snapshot.Path("changed"))
		changed[100] ^= 1
		b.Write(snapshot.Path("changed"), changed)
		elapse(10 * time.Minute)
		if b.Puts() != puts+3 { // one copy keeps the changed file aside
			t.Errorf("%d copies", b.Puts()-puts)
		}
		for _, run := range []string{"changed", "deleted"} {
			if findings := archive.New(b).Verify(t.Context(), run); len(findings) > 0 {
				t.Error(findings)
			}
		}
		m.end(t)
	})
}

// rarely is a backup that should be listed rarely.
type rarely struct{ *backuptest.Fake }

func (rarely) ListEvery() time.Duration  { return 24 * time.Hour }
func (rarely) Requests() backup.Requests { return backup.Requests{} }

func TestMeteredBackupIsListedRarely(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("metered")
		var lists atomic.Int64
		b.Fail(func(operation, _ string) error {
			if operation == "list" {
				lists.Add(1)
			}
			return nil
		})
		m := s.run(s.open(), Options{}, rarely{b})
		elapse(20 * time.Hour)
		s.StoreTraining("run", training(0, 10, 0))
		m.Enqueue("run")
		elapse(3 * time.Hour)
		atFirst := lists.Load() // a new run needs none
		elapse(2 * time.Hour)
		if inAll := lists.Load(); atFirst != 1 || inAll != atFirst+1 {
			t.Errorf("listed %d times in 23 hours, %d in 25", atFirst, inAll)
		}
		m.end(t)
	})
}

func TestFilesThatAnotherWroteUnseenAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b, rivals := newSite(t), backuptest.NewFake("backup"), backuptest.NewFake("elsewhere")
		newSite(t).lead("run", rivals)
		s.StoreTraining("run", training(0, 10, 2))
		m := s.run(s.open(), Options{Rescan: 24 * time.Hour}, b)
		elapse(time.Hour)
		for name, content := range rivals.Files() { // no lease, because a writer without leases wrote them
			b.Write(name, content)
		}
		s.StoreTraining("run", training(0, 30, 2))
		m.Enqueue("run")
		elapse(time.Minute)
		if m.Status().Dirty > 0 {
			t.Errorf("status %+v", m.Status())
		}
		m.end(t)
		for _, place := range []backup.Backup{b, dir.New(s.State())} {
			if diff := cmp.Diff([]int64{10, 20, 30}, untils(t, place)); diff != "" {
				t.Errorf("%s: %s", place, diff)
			}
		}
	})
}

// untils returns until where each generation of the run was trained.
func untils(t testing.TB, place backup.Backup) []int64 {
	t.Helper()
	metas, err := archive.New(place).History(t.Context(), "run")
	if err != nil {
		t.Fatal(err)
	}
	var until []int64
	for _, meta := range metas {
		until = append(until, meta.TrainedUntil)
	}
	return until
}

func TestLostCatalogIsAdopted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	s.lead("run", b)
	s.LoseCatalog()
	m := s.mirror(s.open(), b)
	s.Check(m.SyncAll(t.Context(), nil))
	s.WantEvents(event.Adopted)
	s.StoreTraining("run", training(0, 30, 1))
	s.Check(m.SyncAll(t.Context(), nil))
	s.WantEvents(event.Extended, event.Mirrored)
	metas, err := archive.New(b).History(t.Context(), "run")
	s.Check(err)
	if len(metas) != 2 || metas[0].TrainedUntil != 10 || metas[1].Generation != 2 || metas[1].TrainedUntil != 30 {
		t.Errorf("history %+v", metas)
	}
}

func TestBackupThatComesBackIsReconciled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		s.lead("run", b)
		s.LoseCatalog()
		b.Fail(func(string, string) error { return errors.New("no route to host") })
		s.StoreTraining("run", training(0, 3, 2))
		m := s.run(s.open(), Options{}, b)
		elapse(time.Minute)
		if current, _ := m.catalog.Current("run"); current == nil || current.Generation != 1 {
			t.Fatalf("current is %+v", current)
		}
		b.Fail(nil)
		elapse(10 * time.Minute)
		m.end(t)
		for _, place := range []backup.Backup{b, dir.New(s.State())} {
			if diff := cmp.Diff([]int64{10, 20, 3}, untils(t, place)); diff != "" {
				t.Errorf("%s: %s", place, diff)
			}
		}
	})
}

func TestUnknownDamagedSnapshotInBackupIsNotReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		b.Write(snapshot.Path("run"), []byte("what is left of a snapshot"))
		s.StoreTraining("run", training(0, 10, 0))
		s.StoreTraining("other", training(0, 10, 0))
		m := s.run(s.open(), Options{}, b)
		elapse(time.Minute)
		failed := s.Logs.FilterField(event.Is(event.BackupFailed)).All()
		if len(failed) == 0 || !strings.Contains(fmt.Sprint(failed[0].ContextMap()), snapshot.Path("run")) {
			t.Errorf("logged %v", failed)
		}
		if string(b.Content(snapshot.Path("run"))) != "what is left of a snapshot" || len(b.Names()) != 2 {
			t.Errorf("has %v", b.Names())
		}
		b.Delete(snapshot.Path("run"))
		elapse(20 * time.Minute)
		if findings := archive.New(b).Verify(t.Context(), "run"); len(findings) > 0 {
			t.Error(findings)
		}
		m.end(t)
	})
}

func TestDamagedCatalogSnapshotIsReplacedFromBackup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		s.lead("run", b)
		s.Remove(store.Training, "run")
		s.Damage(snapshot.Path("run"))
		m := s.run(s.open(), Options{}, b)
		elapse(time.Second)
		if current, _ := m.catalog.Current("run"); current == nil || current.TrainedUntil != 20 || current.Generation != 2 {
			t.Fatalf("current is %+v", current)
		}
		s.WantEvents(event.Damaged, event.Adopted)
		m.end(t)
	})
}

func TestDamagedCatalogSnapshotIsStoredAgainWithoutBackup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := backuptest.NewFake("backup")
		s.lead("run", b)
		s.Damage(snapshot.Path("run"))
		m := s.run(s.open(), Options{})
		elapse(time.Second)
		s.WantEvents(event.Damaged, event.Stored)
		if current, _ := m.catalog.Current("run"); current == nil || current.TrainedUntil != 20 || current.Generation != 2 {
			t.Fatalf("current is %+v", current)
		}
		m.end(t)
	})
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.StoreTraining("run", training(0, 10, 0))
		m := s.run(s.open(), Options{}, backuptest.NewFake("backup"))
		elapse(5 * time.Minute)
		beats := s.Logs.FilterField(event.Is(event.Heartbeat)).All()
		if len(beats) != 1 || beats[0].ContextMap()[event.FieldRuns] != int64(1) || beats[0].ContextMap()[event.FieldMerges] != int64(1) {
			t.Errorf("logged %v", beats)
		}
		m.end(t)
	})
}

func TestHeartbeatSaysForHowLongTheStatsTreeIsMissing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		began := time.Now()
		m := s.run(s.open(), Options{RootMissing: func() time.Duration { return time.Since(began) }})
		elapse(10 * time.Minute)
		beats := s.Logs.FilterField(event.Is(event.Heartbeat)).All()
		if len(beats) != 2 || beats[1].ContextMap()[event.FieldRootMissing] != int64(600) {
			t.Errorf("logged %v", beats)
		}
		if status := m.Status(); status.RootMissing < 10*time.Minute {
			t.Errorf("status %+v", status)
		}
		m.end(t)
	})
}

// TestStatusCountsRunsBeforeTheyAreInTheCatalog has runs that wait for a backup that may hold them
// but hangs.
func TestStatusCountsRunsBeforeTheyAreInTheCatalog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		s.StoreTraining("one", training(0, 10, 0))
		s.StoreTraining("two", training(0, 10, 0))
		c := s.open()
		if status := s.mirror(c, b).Status(); !status.Starting {
			t.Errorf("before the first scan of the stats tree: %+v", status)
		}
		resume := b.Hang()
		m := s.run(c, Options{}, b)
		elapse(5 * time.Second)
		if status := m.Status(); status.Starting || status.Runs != 0 || status.Dirty != 2 {
			t.Errorf("while the backup hangs: %+v", status)
		}
		resume()
		elapse(20 * time.Second)
		if status := m.Status(); status.Starting || status.Runs != 2 || status.Dirty != 0 {
			t.Errorf("in the end: %+v", status)
		}
		m.end(t)
	})
}

func TestBackupThatIsDownForADayCostsTheOthersNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const runs = 10
		s, up, down := newSite(t), backuptest.NewFake("up"), backuptest.NewFake("down")
		var tries atomic.Int64
		down.Fail(func(string, string) error { tries.Add(1); return errors.New("no route to host") })
		m := s.run(s.open(), Options{}, up, down)
		for hour := range int64(24) {
			for i := range runs {
				run := fmt.Sprint(i)
				s.StoreTraining(run, training(0, 10+hour, 0))
				m.Enqueue(run)
			}
			elapse(time.Hour)
		}
		if up.Puts() != 24*runs {
			t.Errorf("%d copies in the one that is up, want %d", up.Puts(), 24*runs)
		}
		if queued := m.replicas[1].Status().Queued; queued > runs || tries.Load() > 24*60 {
			t.Errorf("%d runs are queued, %d tries were made", queued, tries.Load())
		}
		beats := s.Logs.FilterField(event.Is(event.BackupHeartbeat)).All()
		works, fails := beats[len(beats)-2].ContextMap(), beats[len(beats)-1].ContextMap()
		if works[event.FieldDirty] != int64(0) || works[event.FieldFailing] != int64(0) || fails[event.FieldDirty] != int64(runs) || fails[event.FieldFailing].(int64) < 23*3600 {
			t.Errorf("logged %v, %v", works, fails)
		}
		if figures := m.Status().Backups; len(figures) != 2 || len(figures[0].Late) != 0 || figures[1].Dirty != runs || figures[1].Failing < 23*time.Hour || len(figures[1].Late) == 0 {
			t.Errorf("figures %+v", figures)
		}
		if status := m.Status(); !slices.Equal(status.Failing, []string{"down"}) || status.OldestDirty < 23*time.Hour {
			t.Errorf("status %+v", status)
		}
		down.Fail(nil)
		elapse(10 * time.Minute)
		if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 || down.Puts() != runs {
			t.Errorf("status %+v after %d copies", status, down.Puts())
		}
		m.end(t)
	})
}

func TestRunThatCannotBeCommittedIsDirty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		c := s.open()
		s.Check(os.Mkdir(filepath.Join(s.State(), snapshot.Path("run")), 0o755)) // in place of a file
		s.StoreTraining("run", training(0, 10, 0))
		m := s.run(c, Options{})
		elapse(20 * time.Minute)
		if status := m.Status(); status.Dirty != 1 || status.OldestDirty < 20*time.Minute {
			t.Errorf("status %+v", status)
		}
		s.Check(os.Remove(filepath.Join(s.State(), snapshot.Path("run"))))
		elapse(8 * time.Minute)
		if status := m.Status(); status.Runs != 1 || status.Dirty != 0 || status.OldestDirty != 0 {
			t.Errorf("status %+v", status)
		}
		m.end(t)
	})
}

func TestStalledWhenNoBackupAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		first, second := backuptest.NewFake("first"), backuptest.NewFake("second")
		resumeFirst, resumeSecond := first.Hang(), second.Hang()
		s.StoreTraining("run", training(0, 10, 0))
		m := s.run(s.open(), Options{}, first, second)
		for _, step := range []struct {
			after   time.Duration
			stalled bool
		}{{9 * time.Minute, false}, {time.Minute, true}} {
			elapse(step.after)
			if err := m.Stalled(); (err != nil) != step.stalled {
				t.Errorf("stalled: %v, want %v", err, step.stalled)
			}
		}
		resumeSecond()
		elapse(10 * time.Minute)
		if err := m.Stalled(); err != nil {
			t.Errorf("stalled although one answers: %v", err)
		}
		resumeFirst()
		elapse(time.Hour)
		if err := m.Stalled(); err != nil || m.Status().Dirty != 0 {
			t.Errorf("does not recover: %v", err)
		}
		m.end(t)
	})
}

func TestStalledWhenASyncDoesNotEndOrBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		m := s.mirror(s.open()) // it does not run
		elapse(time.Hour)
		if err := m.Stalled(); err != nil {
			t.Errorf("stalled with nothing to do: %v", err)
		}
		m.Enqueue("run")
		for _, step := range []struct {
			do      func()
			stalled bool
		}{
			{func() {}, true},
			{func() { _, _ = m.queue.Next(t.Context()) }, false},
			{func() { m.Enqueue("run"); m.queue.Done("run") }, true},
		} {
			step.do()
			if err := m.Stalled(); err != nil {
				t.Errorf("stalled at once: %v", err)
			}
			elapse(6 * time.Minute)
			if err := m.Stalled(); (err != nil) != step.stalled || err != nil && !strings.Contains(err.Error(), `"run"`) || m.Status().Dirty != 1 {
				t.Errorf("stalled: %v; status %+v", err, m.Status())
			}
		}
	})
}

// TestLostBackupIsNotRecreated unmounts, in effect, a backup with copies: the empty mount point
// belongs to another disk.
func TestLostBackupIsNotRecreated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.StoreTraining("run", training(0, 10, 0))
	path := filepath.Join(s.Dir, "backup")
	s.Check(s.mirror(c, dir.New(path)).SyncAll(t.Context(), nil))
	s.Check(os.RemoveAll(path))
	s.StoreTraining("run", training(0, 20, 0))
	synctest.Test(t, func(t *testing.T) {
		if err := s.mirror(c, dir.New(path)).SyncAll(t.Context(), nil); err == nil {
			t.Error("no error")
		}
	})
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the backup was created again: %v", err)
	}
}

func TestOnlyTheFirstCopyCreatesABackupDirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.StoreTraining("run", training(0, 10, 0))
	there := dir.New(filepath.Join(s.Dir, "backup"))
	s.Check(s.mirror(c, there).SyncAll(t.Context(), nil))
	if findings := archive.New(there).Verify(t.Context(), "run"); len(findings) > 0 {
		t.Error(findings)
	}
	synctest.Test(t, func(t *testing.T) {
		unmounted := dir.New(filepath.Join(s.Dir, "mount", "backup"))
		err := s.mirror(c, unmounted).SyncAll(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), "runs not copied: 1") {
			t.Errorf("error is %v", err)
		}
	})
}

// flaky is a backup that corrupts the first copy of each snapshot, and reports it.
type flaky struct {
	*backuptest.Fake
	wrong map[string]bool
}

func (f *flaky) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	if !strings.HasPrefix(name, snapshot.CurrentDir) || f.wrong[name] {
		return f.Fake.Put(ctx, name, content, size, over)
	}
	f.wrong[name] = true
	info, err := f.Fake.Put(ctx, name, bytes.NewReader(make([]byte, size)), size, over)
	return info, errors.Join(fmt.Errorf("read back: it %w", backup.ErrDamaged), err)
}

func TestCorruptedFirstCopyIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := &flaky{backuptest.NewFake("backup"), map[string]bool{}}
		m := s.run(s.open(), Options{}, b)
		s.StoreTraining("run", training(0, 10, 0))
		m.Enqueue("run")
		elapse(time.Minute)
		if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 {
			t.Errorf("status %+v", status)
		}
		m.end(t)
		wantHistory(t, b, "run", 1)
		for _, name := range b.Names() {
			if strings.HasPrefix(name, damagedDir+"/") {
				t.Errorf("the service kept its own bad copy as %s", name)
			}
		}
	})
}
