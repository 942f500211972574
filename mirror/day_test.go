package mirror

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
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

// TestADay lets every timer of the service run for a day. Everything happens as often as promised,
// and nothing is left over at the end.
func TestADay(t *testing.T) { // not parallel: it counts goroutines
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		s, good, bad := newSite(t), backuptest.NewFake("good"), backuptest.NewFake("bad")
		var mu sync.Mutex
		asked, tries := map[string]int{}, 0
		good.Fail(func(operation, name string) error {
			mu.Lock()
			defer mu.Unlock()
			asked[operation+" "+name]++
			return nil
		})
		bad.Fail(func(string, string) error {
			mu.Lock()
			defer mu.Unlock()
			tries++
			return errors.New("no route to host")
		})
		s.StoreTraining("run", training(0, 10, 0))
		s.StoreTraining("gone", training(0, 10, 0))
		m := s.run(s.open(), Options{}, good, bad)
		elapse(time.Minute) // the runs might be in the bad backup
		s.Remove(store.Training, "gone")
		m.Enqueue("gone")
		elapse(10 * time.Minute)
		if n := s.Logs.FilterField(event.Is(event.Gone)).Len(); n != 1 {
			t.Errorf("%d times gone", n)
		}
		s.Events()
		mu.Lock()
		clear(asked)
		tries = 0
		mu.Unlock()

		before := goroutines()

		elapse(day)

		if got := goroutines(); got > before {
			t.Errorf("%d goroutines became %d", before, got)
		}
		logged := map[string]int{}
		for _, name := range s.Events() {
			logged[name]++
		}
		const beats = int(day / (5 * time.Minute))
		if logged[event.Heartbeat] != beats || logged[event.BackupHeartbeat] != 2*beats || logged[event.Gone] > 0 {
			t.Errorf("logged %v", logged)
		}
		want := map[string]int{"list ": int(day / (10 * time.Minute)), "put " + leaseName: int(day / leaseRenewal)}
		mu.Lock()
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("the idle backup got requests: %s", diff)
		}
		const least, most = int(day / (15 * time.Minute / 2)), int(day / (5 * time.Minute / 2)) // within a half
		if tries < least || tries > most || logged[event.BackupFailed] > most {
			t.Errorf("%d tries of the failing backup, %v logged", tries, logged)
		}
		mu.Unlock()
		m.wantIdle(t)
		if retried := m.replicas[1].Status().Retried; retried > 3 {
			t.Errorf("%d clocks of retries", retried)
		}
		m.end(t)
	})
}

// wantIdle checks that an idle mirror keeps no state of its past work. Its first backup must work.
func (r *running) wantIdle(t *testing.T) {
	t.Helper()
	first := r.replicas[0].Status()
	if n := r.queue.Len() + first.Queued + len(first.Dirty); n > 0 {
		t.Errorf("%d runs are queued", n)
	}
	if n := len(r.retries.Failing()) + first.Retried; n > 0 {
		t.Errorf("%d clocks of retries", n)
	}
	if n := r.limiter.Len(); n > 0 {
		t.Errorf("%d lines are remembered", n)
	}
}

// TestADayOfOverwrites stores a run again every ten minutes, extends it in between, and keeps
// generations that ended in the last hour.
func TestADayOfOverwrites(t *testing.T) { // not parallel: it counts goroutines
	synctest.Test(t, func(t *testing.T) {
		const stores = int(24 * time.Hour / (10 * time.Minute))
		s, b := newSite(t), backuptest.NewFake("backup")
		m := s.run(s.open(), Options{Keep: catalog.Retention{For: time.Hour}}, b)
		store := func(until int64, life int) {
			s.StoreTraining("run", training(0, until, float64(life)))
			m.Enqueue("run")
			elapse(time.Second)
			s.endNow("run")
			elapse(5*time.Minute - time.Second)
		}
		store(5, -1)
		before := goroutines()
		for life := range stores {
			store(10, life)
			store(20, life)
		}
		if got := goroutines(); got > before {
			t.Errorf("%d goroutines became %d", before, got)
		}
		m.wantIdle(t)
		if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 {
			t.Errorf("%+v", status)
		}
		for _, place := range []backup.Backup{dir.New(s.State()), b} {
			metas, err := archive.New(place).History(t.Context(), "run")
			s.Check(err)
			if n, last := len(metas), metas[len(metas)-1].Generation; n < 7 || n > 9 || last != int64(1+stores) { // of an hour, plus the time until the next removal
				t.Errorf("%s: %d generations, the last is %d", place, n, last)
			}
			if findings := archive.New(place).Verify(t.Context(), "run"); len(findings) > 0 {
				t.Errorf("%s: %v", place, findings)
			}
		}
		m.end(t)
	})
}

// endNow makes a generation that has just ended do so by the clock of the bubble.
func (s *site) endNow(run string) {
	s.T.Helper()
	files, err := filepath.Glob(filepath.Join(s.State(), snapshot.HistoryDir(run), "*"+snapshot.Suffix))
	s.Check(err)
	for _, name := range files {
		info, err := os.Stat(name)
		s.Check(err)
		if info.ModTime().After(time.Now()) {
			s.Check(os.Chtimes(name, time.Now(), time.Now()))
		}
	}
}

// goroutines counts the goroutines of the bubble. runtime.NumGoroutine also counts a goroutine that
// has just ended, and the bubble does not wait for that.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
}
