package mirror

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/store"
)

// TestADay lets every timer of the service run for a day: nothing happens more
// often or more rarely than is promised, and what runs at the end is what ran at
// the beginning.
func TestADay(t *testing.T) { // not beside others: it counts goroutines
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		s, good, bad := newSite(t), newFake("good"), newFake("bad")
		var mu sync.Mutex
		asked, tries := map[string]int{}, 0
		good.fail = func(operation, name string) error {
			mu.Lock()
			defer mu.Unlock()
			asked[operation+" "+name]++
			return nil
		}
		bad.fail = func(string, string) error {
			mu.Lock()
			defer mu.Unlock()
			tries++
			return errors.New("no route to host")
		}
		s.storeTraining("run", training(0, 10, 0))
		s.storeTraining("gone", training(0, 10, 0))
		m := s.run(s.open(), Options{}, good, bad)
		elapse(time.Minute) // the runs might be in the backup that is bad
		s.remove(store.Training, "gone")
		m.Mark("gone")
		elapse(10 * time.Minute)
		if n := s.logs.FilterField(event(eventGone)).Len(); n != 1 {
			t.Errorf("%d times gone", n)
		}
		s.events()
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
		for _, name := range s.events() {
			logged[name]++
		}
		const beats = int(day / (5 * time.Minute))
		if logged[eventHeartbeat] != beats || logged[eventBackupHeartbeat] != 2*beats || logged[eventGone] > 0 {
			t.Errorf("logged %v", logged)
		}
		want := map[string]int{"list ": int(day / (10 * time.Minute)), "put " + claimName: int(day / claimRenewal)}
		mu.Lock()
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("the idle backup was asked: %s", diff)
		}
		const least, most = int(day / (15 * time.Minute / 2)), int(day / (5 * time.Minute / 2)) // give or take a half
		if tries < least || tries > most || logged[eventBackupFailed] > most {
			t.Errorf("%d tries of the backup that fails, %v logged", tries, logged)
		}
		mu.Unlock()
		if n := len(m.marked.byKey) + len(m.marked.taken) + len(m.replicas[0].queue.byKey); n > 0 {
			t.Errorf("%d runs are queued", n)
		}
		if n := len(m.retries.clocks) + len(m.replicas[0].retries.clocks); n > 0 || len(m.replicas[1].retries.clocks) > 3 {
			t.Errorf("%d and %d clocks of retries", n, len(m.replicas[1].retries.clocks))
		}
		m.end(t)
	})
}

// goroutines counts those of the bubble. runtime.NumGoroutine counts one that has
// ended too, for a moment that the bubble does not wait for.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
}
