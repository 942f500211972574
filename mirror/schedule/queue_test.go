package schedule

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueueCoalescesAndWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, start := NewQueue(), time.Now()
		for range 3 {
			q.Add("late", start.Add(time.Minute))
			q.Add("now", start)
			q.Add("sooner", start.Add(time.Hour))
			q.Add("sooner", start.Add(time.Second))
			q.Add("sooner", start.Add(time.Hour))
		}
		for _, want := range []struct {
			key   string
			after time.Duration
		}{{"now", 0}, {"sooner", time.Second}, {"late", time.Minute}} {
			key, ok := q.Next(t.Context())
			if !ok || key != want.key || time.Since(start) != want.after {
				t.Errorf("%q after %v, want %q after %v", key, time.Since(start), want.key, want.after)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if key, ok := q.Next(ctx); ok {
			t.Errorf("%q came again", key)
		}
	})
}

func TestQueueKeepsKeyAddedWhileTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue()
		q.Add("run", time.Now())
		if _, ok := q.Next(t.Context()); !ok {
			t.Fatal("nothing came")
		}
		q.Add("run", time.Now().Add(time.Minute))
		q.Add("run", time.Now())
		if _, _, ok := q.take(time.Now()); ok {
			t.Fatal("a taken key came again")
		}
		q.Done("run")
		if key, _, ok := q.take(time.Now()); !ok || key != "run" {
			t.Fatal("the key added while taken is lost")
		}
		q.Done("run")
		if _, wait, ok := q.take(time.Now()); ok || wait != 0 {
			t.Fatal("the key came a third time")
		}
	})
}

func TestQueueWakesForAnEarlierKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, start := NewQueue(), time.Now()
		q.Add("later", start.Add(time.Hour))
		go func() {
			time.Sleep(time.Second)
			q.Add("now", time.Now())
		}()
		if key, _ := q.Next(t.Context()); key != "now" || time.Since(start) != time.Second {
			t.Errorf("%q after %v", key, time.Since(start))
		}
	})
}

// TestNoisyRunHoldsUpNoOther stores one run ten times a second, while a thousand others are marked
// once.
func TestNoisyRunHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const quiet = 1000
	q := NewQueue()
	now := time.Now()
	q.Add("noisy", now)
	for i := range quiet {
		q.Add(fmt.Sprint(i), now.Add(time.Duration(i)))
	}
	given, noisy := 0, 0
	for step := 0; given < quiet; step++ {
		at := now.Add(time.Second + time.Duration(step)*time.Millisecond)
		run, _, ok := q.take(at)
		if !ok {
			t.Fatal("nothing is due")
		}
		q.Add("noisy", at) // also while it is taken
		q.Done(run)
		if run == "noisy" {
			noisy++
		} else {
			given++
		}
	}
	if noisy > 2 { // once before all others, and perhaps once among them
		t.Errorf("the noisy run came %d times before the last of the others", noisy)
	}
}

// TestBeginLeavesNoKeyInEarlierWork adds keys all the time while a queue begins again and again.
func TestBeginLeavesNoKeyInEarlierWork(t *testing.T) {
	t.Parallel()
	q := NewQueue()
	ctx, cancel := context.WithCancel(t.Context())
	var adding sync.WaitGroup
	for n := range 2 {
		adding.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				q.Add(fmt.Sprint(n, i%100), time.Now())
			}
		})
	}
	var begun []*Work
	for range 5000 {
		w := NewWork(func(string) {})
		q.Begin(w)
		begun = append(begun, w)
	}
	cancel()
	adding.Wait()
	q.Begin(nil)
	for _, w := range begun {
		if len(w.left) > 0 {
			t.Fatalf("%d keys are left", len(w.left))
		}
	}
}

func TestRetriesGrow(t *testing.T) {
	t.Parallel()
	var r Retries
	for _, most := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		if d := r.Failed("run"); d < most*time.Second/2 || d > most*time.Second*3/2 {
			t.Errorf("waits %v, want %v give or take a half", d, most*time.Second)
		}
	}
	r.Failed("other")
	if r.Worked("run") || !r.Worked("other") || r.Worked("other") {
		t.Error("recovers at a different time than with the last key")
	}
}
