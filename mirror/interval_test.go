package mirror

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// paced is a site with a backup called "backup" that has an interval of a minute.
type paced struct {
	*site
	backup *backuptest.Fake
	start  time.Time

	mu      sync.Mutex
	refused error                      // of each copy of a snapshot
	tried   map[string][]time.Duration // copies by file, with the time since the start
	copied  map[string][]time.Duration // the same for copies that worked
}

func newPaced(t *testing.T) *paced {
	p := &paced{site: newSite(t), backup: backuptest.NewFake("backup"), start: time.Now(), tried: map[string][]time.Duration{}, copied: map[string][]time.Duration{}}
	p.backup.Fail(func(operation, name string) error {
		if operation != "put" || name == leaseName {
			return nil
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		at := time.Since(p.start).Truncate(time.Second)
		p.tried[name] = append(p.tried[name], at)
		if p.refused == nil {
			p.copied[name] = append(p.copied[name], at)
		}
		return p.refused
	})
	return p
}

func (p *paced) refuse(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = err
}

func (p *paced) options() Options {
	return Options{Log: p.Log, Intervals: map[string]time.Duration{"backup": time.Minute}}
}

// attempts returns the seconds since the start in which copies of a file were tried.
func (p *paced) attempts(name string) []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tried[name])
}

// store stores rows up to an iteration.
func (p *paced) store(m *running, run string, until int64, seed float64) {
	p.StoreTraining(run, training(0, until, seed))
	m.Enqueue(run)
}

func (p *paced) wantTried(name string, seconds ...int) {
	p.T.Helper()
	var want []time.Duration
	for _, s := range seconds {
		want = append(want, time.Duration(s)*time.Second)
	}
	if diff := cmp.Diff(want, p.attempts(name)); diff != "" {
		p.T.Errorf("copies of %s: %s", name, diff)
	}
}

// wantCopy checks how far the backup's snapshot of a run is.
func (p *paced) wantCopy(run string, generation, until int64) {
	p.T.Helper()
	meta, err := archive.New(p.backup).Meta(context.Background(), run, 0)
	p.Check(err)
	if meta.Generation != generation || meta.TrainedUntil != until {
		p.T.Errorf("the backup has generation %d until %d, want %d until %d", meta.Generation, meta.TrainedUntil, generation, until)
	}
}

func TestRunIsCopiedOnceInAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		p.StoreTraining("run", training(0, 10, 0))
		m := p.run(p.open(), p.options(), p.backup)
		for i := range int64(149) { // the last store is in second 149
			p.store(m, "run", 11+i, 0)
			elapse(time.Second)
		}
		p.wantTried(snapshot.Path("run"), 0, 60, 120)
		elapse(10 * time.Minute)
		p.wantTried(snapshot.Path("run"), 0, 60, 120, 180)
		p.wantCopy("run", 1, 159)
		p.store(m, "run", 200, 0) // after a rest, in second 750
		elapse(time.Second)
		p.store(m, "run", 210, 0)
		elapse(time.Hour)
		p.wantTried(snapshot.Path("run"), 0, 60, 120, 180, 750, 810)
		m.end(t)
		p.wantTried(snapshot.Path("run"), 0, 60, 120, 180, 750, 810)
	})
}

// TestEachRunAndBackupHasItsOwnInterval also has a backup without an interval.
func TestEachRunAndBackupHasItsOwnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, other := newPaced(t), backuptest.NewFake("other")
		m := p.run(p.open(), p.options(), p.backup, other)
		for i := range int64(100) {
			p.store(m, "a", 10+i, 0)
			if i >= 30 {
				p.store(m, "b", 10+i, 0)
			}
			elapse(time.Second)
		}
		p.wantTried(snapshot.Path("a"), 1, 61)
		p.wantTried(snapshot.Path("b"), 31, 91)
		if other.Puts() != 170 {
			t.Errorf("the other backup has %d copies", other.Puts())
		}
		m.end(t)
	})
}

func TestEndedGenerationIsCopiedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		p.StoreTraining("run", training(0, 10, 0))
		m := p.run(p.open(), p.options(), p.backup)
		elapse(9 * time.Second)
		p.store(m, "run", 20, 0) // not copied yet when the generation ends
		elapse(time.Second)
		p.wantCopy("run", 1, 10)
		if status := m.Status(); status.Dirty != 1 || status.Waiting != 1 || status.OldestDirty > 0 {
			t.Errorf("status %+v", status)
		}
		p.store(m, "run", 5, 1)
		elapse(time.Second)
		p.wantCopy("run", 2, 5)
		ended, err := archive.New(p.backup).Meta(t.Context(), "run", 1)
		p.Check(err)
		if ended.TrainedUntil != 20 {
			t.Errorf("the ended generation is until %d", ended.TrainedUntil)
		}
		p.store(m, "run", 6, 1) // the next generation waits, too
		elapse(10 * time.Minute)
		p.wantTried(snapshot.HistoryPath("run", 1), 11)
		p.wantTried(snapshot.Path("run"), 0, 11, 71)
		p.wantCopy("run", 2, 6)
		m.end(t)
	})
}

func TestStopAndPassCopyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		c := p.open()
		p.StoreTraining("run", training(0, 10, 0))
		m := p.run(c, p.options(), p.backup)
		p.store(m, "run", 20, 0)
		elapse(time.Second)
		p.wantCopy("run", 1, 10)
		m.end(t)
		p.wantCopy("run", 1, 20)
		if n := p.Logs.FilterField(event.Is(event.Pending)).Len(); n > 0 {
			t.Error("copies are pending after the stop")
		}
		once := New(p.Tree(), c, []backup.Backup{p.backup}, p.options())
		for until := int64(30); until < 60; until += 10 {
			p.StoreTraining("run", training(0, until, 0))
			p.Check(once.SyncAll(t.Context(), nil))
			p.wantCopy("run", 1, until)
		}
	})
}

// TestRestartDoesNotBeginTheInterval kills the service every ten seconds, under stores.
func TestRestartDoesNotBeginTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		until := int64(10)
		for range 18 {
			c := p.open()
			m := p.run(c, p.options(), p.backup)
			for range 9 {
				p.store(m, "run", until, 0)
				until++
				elapse(time.Second)
			}
			p.refuse(errors.New("killed")) // so that the stop copies nothing
			m.end(t)
			p.refuse(nil)
			p.Check(c.Close())
		}
		var gaps []time.Duration
		copied := p.copied[snapshot.Path("run")]
		for i := 1; i < len(copied); i++ {
			gaps = append(gaps, copied[i]-copied[i-1])
		}
		if len(gaps) < 2 || slices.Min(gaps) < time.Minute {
			t.Errorf("copied in the seconds %v", copied)
		}
	})
}

// TestFailingCopyIsTriedNoMoreOftenThanItsBackOff refuses every copy for an hour, under stores.
func TestFailingCopyIsTriedNoMoreOftenThanItsBackOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		p.StoreTraining("run", training(0, 10, 0))
		m := p.run(p.open(), p.options(), p.backup)
		p.refuse(errors.New("permission denied"))
		until := int64(10)
		storeFor := func(d time.Duration) {
			for range d / (10 * time.Second) {
				until++
				p.store(m, "run", until, 0)
				elapse(10 * time.Second)
			}
		}
		storeFor(50 * time.Second)
		if status := m.Status(); status.Dirty != 1 || status.Waiting != 1 || status.OldestDirty > 0 {
			t.Errorf("within the interval: status %+v", status)
		}
		storeFor(time.Hour)
		tried := p.attempts(snapshot.Path("run"))
		if n := len(tried); n < 10 || n > 30 || tried[1] != time.Minute {
			t.Errorf("tried in the seconds %v", tried)
		}
		for i := 7; i < len(tried); i++ { // with a back-off longer than the time between stores
			if tried[i]-tried[i-1] < 15*time.Second {
				t.Errorf("tried in the seconds %v", tried)
			}
		}
		if status := m.Status(); status.Dirty != 1 || status.Waiting != 0 || status.OldestDirty < 58*time.Minute || status.OldestDirty > time.Hour {
			t.Errorf("after an hour: status %+v", status)
		}
		p.refuse(nil)
		storeFor(20 * time.Minute)
		copied := p.attempts(snapshot.Path("run"))[len(tried):]
		for i := 1; i < len(copied); i++ {
			if copied[i]-copied[i-1] != time.Minute {
				t.Errorf("after the failure copied in the seconds %v", copied)
			}
		}
		m.end(t)
	})
}

// TestClockThatIsSetBackPostponesNothing lets the clock jump, which changes how long ago the last
// copy seems.
func TestClockThatIsSetBackPostponesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		c := p.open()
		p.StoreTraining("run", training(0, 10, 0))
		m := p.run(c, p.options(), p.backup)
		until := int64(10)
		for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
			p.Check(c.UpdateCopies("run", "backup", func(copies catalog.Copies) {
				f := copies[snapshot.Path("run")]
				f.Copied = time.Now().Add(ahead)
				copies[snapshot.Path("run")] = f
			}))
			for range 3 { // only the first is copied
				until++
				p.store(m, "run", until, 0)
				elapse(time.Second)
			}
			p.wantCopy("run", 1, until-2)
			elapse(time.Minute)
			p.wantCopy("run", 1, until)
		}
		m.end(t)
	})
}

func TestHeartbeatSaysWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		for _, run := range []string{"a", "b", "c"} {
			p.StoreTraining(run, training(0, 10, 0))
		}
		o := p.options()
		o.Heartbeat = 90 * time.Second
		m := p.run(p.open(), o, p.backup, backuptest.NewFake("other"))
		elapse(79 * time.Second) // the interval is over
		p.store(m, "a", 20, 0)
		elapse(time.Second)
		p.store(m, "a", 30, 0) // waits
		elapse(10 * time.Second)
		lines := p.Logs.FilterField(event.Is(event.BackupHeartbeat)).All()
		if len(lines) != 2 {
			t.Fatalf("%d lines", len(lines))
		}
		fields := lines[0].ContextMap()
		for name, want := range map[string]int64{event.FieldDirty: 1, event.FieldWaiting: 1, event.FieldInterval: 60, event.FieldOldest: 0} {
			if fields[name] != want {
				t.Errorf("%s is %v, want %d", name, fields[name], want)
			}
		}
		if _, ok := lines[1].ContextMap()[event.FieldInterval]; ok {
			t.Error("a backup without an interval has one in its heartbeat")
		}
		m.end(t)
	})
}

// TestRunThatWaitsIsPruned has a run whose snapshot nearly always waits.
func TestRunThatWaitsIsPruned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPaced(t)
		o := p.options()
		o.Keep, o.Rescan = catalog.Retention{Generations: 2}, 90*time.Second
		m := p.run(p.open(), o, p.backup)
		for i := range int64(200) {
			p.store(m, "run", 10+i%40, float64(i/40)) // four generations end
			elapse(5 * time.Second)
		}
		wantHistory(t, p.backup, "run", 3, 4, 5)
		m.end(t)
	})
}
