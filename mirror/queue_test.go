package mirror

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueueCoalescesAndWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, start := newQueue(), time.Now()
		for range 3 {
			q.add("late", start.Add(time.Minute))
			q.add("now", start)
			q.add("sooner", start.Add(time.Hour))
			q.add("sooner", start.Add(time.Second))
			q.add("sooner", start.Add(time.Hour))
		}
		for _, want := range []struct {
			key   string
			after time.Duration
		}{{"now", 0}, {"sooner", time.Second}, {"late", time.Minute}} {
			key, ok := q.next(t.Context())
			if !ok || key != want.key || time.Since(start) != want.after {
				t.Errorf("%q after %v, want %q after %v", key, time.Since(start), want.key, want.after)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if key, ok := q.next(ctx); ok {
			t.Errorf("%q came again", key)
		}
	})
}

func TestQueueKeepsKeyThatIsAddedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		q.add("run", time.Now())
		if _, ok := q.next(t.Context()); !ok {
			t.Fatal("nothing came")
		}
		q.add("run", time.Now().Add(time.Minute))
		q.add("run", time.Now())
		if _, _, ok := q.take(time.Now()); ok {
			t.Fatal("a taken key came again")
		}
		q.done("run")
		if key, _, ok := q.take(time.Now()); !ok || key != "run" {
			t.Fatal("the key that was added meanwhile is lost")
		}
		q.done("run")
		if _, wait, ok := q.take(time.Now()); ok || wait != 0 {
			t.Fatal("the key came a third time")
		}
	})
}

func TestQueueWakesForAnEarlierKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, start := newQueue(), time.Now()
		q.add("later", start.Add(time.Hour))
		go func() {
			time.Sleep(time.Second)
			q.add("now", time.Now())
		}()
		if key, _ := q.next(t.Context()); key != "now" || time.Since(start) != time.Second {
			t.Errorf("%q after %v", key, time.Since(start))
		}
	})
}

func TestRetriesGrow(t *testing.T) {
	t.Parallel()
	var r retries
	for _, most := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		if d := r.failed("run"); d < most*time.Second/2 || d > most*time.Second*3/2 {
			t.Errorf("waits %v, want %v give or take a half", d, most*time.Second)
		}
	}
	r.failed("other")
	if r.worked("run") || !r.worked("other") || r.worked("other") {
		t.Error("recovers at another time than with the last key")
	}
}

func TestLimiterLetsOneLineAMinuteThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l limiter
		for i := range 130 {
			held, ok := l.allow("event", "run")
			if ok != (i%60 == 0) || i == 60 && held != 59 {
				t.Errorf("second %d: %v, %d held back", i, ok, held)
			}
			time.Sleep(time.Second)
		}
		if _, ok := l.allow("event", "other"); !ok {
			t.Error("another key is held back")
		}
	})
}
