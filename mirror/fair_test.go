package mirror

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestNoisyRunHoldsUpNoOther stores one run again and again, ten times a second,
// while a thousand others are marked once.
func TestNoisyRunHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const quiet = 1000
	q := newQueue()
	now := time.Now()
	q.add("noisy", now)
	for i := range quiet {
		q.add(fmt.Sprint(i), now.Add(time.Duration(i)))
	}
	given, noisy := 0, 0
	for step := 0; given < quiet; step++ {
		at := now.Add(time.Second + time.Duration(step)*time.Millisecond)
		run, _, ok := q.take(at)
		if !ok {
			t.Fatal("nothing is due")
		}
		q.add("noisy", at) // while it is taken, too
		q.done(run)
		if run == "noisy" {
			noisy++
		} else {
			given++
		}
	}
	if noisy > 2 { // before all, and perhaps once among them
		t.Errorf("it was given out %d times before the last of the others", noisy)
	}
}

// TestSlowBackupHoldsUpNeitherCatalogNorOther has one backup take a minute for each
// request.
func TestSlowBackupHoldsUpNeitherCatalogNorOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const runs = 10
		s, slow, good := newSite(t), newFake("slow"), newFake("good")
		for i := range runs {
			s.storeTraining(fmt.Sprint(i), training(0, 10, 0))
		}
		m := s.run(s.open(), Options{Drain: time.Second}, slow, good)
		slow.set(func() { slow.fail = func(string, string) error { time.Sleep(time.Minute); return nil } })
		for i := range runs {
			s.storeTraining(fmt.Sprint(i), training(0, 20, 0))
			m.Mark(fmt.Sprint(i))
		}
		elapse(time.Second)
		if good.puts != 2*runs || slow.puts > runs {
			t.Errorf("%d copies in the good one, %d in the slow one", good.puts, slow.puts)
		}
		if status := m.Status(); status.Runs != runs || status.Dirty != runs || status.OldestDirty > time.Second {
			t.Errorf("status %+v", status)
		}
		m.end(t)
		elapse(time.Minute) // until the request that was abandoned ends
	})
}

// TestFailingRunsAreNotTriedBeforeOthers has many runs fail for ever.
func TestFailingRunsAreNotTriedBeforeOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), newFake("backup")
		b.fail = func(operation, name string) error {
			if operation == "put" && strings.Contains(name, "bad") {
				return errors.New("permission denied")
			}
			return nil
		}
		for i := range 20 {
			s.storeTraining(fmt.Sprint("bad", i), training(0, 10, 0))
		}
		m := s.run(s.open(), Options{}, b)
		s.storeTraining("good", training(0, 10, 0))
		m.Mark("good")
		elapse(10 * time.Minute)
		if len(b.names()) != 1 {
			t.Errorf("has %v", b.names())
		}
		m.end(t)
	})
}
