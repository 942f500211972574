package service

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"statsmirror/mirror"
)

func TestWatchdogIsToldOnlyOfProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		told := make(chan string, 1)
		stall := make(chan error, 1)
		stall <- nil
		dog := watchdog{
			interval: 20 * time.Second,
			status: func() mirror.Status {
				return mirror.Status{Runs: 3, Dirty: 1, OldestDirty: time.Minute, Failing: []string{"/mnt"}}
			},
			stalled: func(context.Context) error { return <-stall },
			notify:  func(states ...string) { told <- strings.Join(states, " ") },
			log:     zap.New(core),
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go dog.run(ctx)
		<-told
		pass := func(err error, want string) {
			t.Helper()
			stall <- err
			began := time.Now()
			if got := <-told; got != want || time.Since(began) != dog.interval {
				t.Errorf("told %q after %v, want %q", got, time.Since(began), want)
			}
		}
		fine := "WATCHDOG=1 STATUS=3 runs, 1 dirty, oldest unmirrored change 1m0s ago, failing: /mnt"
		pass(nil, fine)
		pass(errors.New("no answer\nfrom /mnt"), "STATUS=Stalled: no answer from /mnt")
		pass(errors.New("no answer"), "STATUS=Stalled: no answer")
		pass(nil, fine)
		synctest.Wait()
		if n := logs.FilterField(zap.String("event", EventStalled)).Len(); n != 1 {
			t.Errorf("logged %d times", n)
		}
	})
}

func TestWatchdogIsToldAllDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := 0
		dog := watchdog{
			interval: 20 * time.Second,
			status:   func() mirror.Status { return mirror.Status{} },
			stalled:  func(context.Context) error { return nil },
			notify:   func(...string) { told++ },
			log:      zap.NewNop(),
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { dog.run(ctx); close(ended) }()
		time.Sleep(24*time.Hour + time.Second)
		cancel()
		<-ended
		if want := 24*60*3 + 1; told != want {
			t.Errorf("told %d times, want %d", told, want)
		}
	})
}

// TestWatchdogIsNotToldByADeadlock waits for a status that never comes.
func TestWatchdogIsNotToldByADeadlock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		locked := make(chan struct{})
		told := make(chan string, 1)
		dog := watchdog{
			interval: time.Second,
			status:   func() mirror.Status { <-locked; return mirror.Status{} },
			stalled:  func(context.Context) error { return nil },
			notify:   func(states ...string) { told <- strings.Join(states, " ") },
			log:      zap.NewNop(),
		}
		ctx, cancel := context.WithCancel(t.Context())
		go dog.run(ctx)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(told) != 0 {
			t.Errorf("told %q", <-told)
		}
		cancel()
		close(locked)
	})
}

func TestStatusLine(t *testing.T) {
	t.Parallel()
	for want, status := range map[string]mirror.Status{
		"1 run, 0 dirty":  {Runs: 1},
		"2 runs, 0 dirty": {Runs: 2},

		"9 runs, 2 dirty, 2 of them waiting for the interval of a backup":                                    {Runs: 9, Dirty: 2, Waiting: 2},
		"9 runs, 2 dirty, 1 of them waiting for the interval of a backup, oldest unmirrored change 1m0s ago": {Runs: 9, Dirty: 2, Waiting: 1, OldestDirty: time.Minute},
		"Looking at the stats tree, 2 runs in the catalog":                                                   {Runs: 2, Starting: true},
		"0 runs, 0 dirty, stats tree missing or unreadable for 5m0s":                                         {RootMissing: 5 * time.Minute},
		"2 runs, 0 dirty, 1 unfinished, 3 with a damaged file":                                               {Runs: 2, Unfinished: 1, Damaged: 3},
		"2 runs, 1 dirty, oldest unmirrored change 1s ago, failing: /mnt, /n2":                               {Runs: 2, Dirty: 1, OldestDirty: time.Second, Failing: []string{"/mnt", "/n2"}},
	} {
		if got := statusLine(status); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStatusCountsDroppedLines shows that the count reaches the operator even if the log no longer
// takes lines.
func TestStatusCountsDroppedLines(t *testing.T) {
	t.Parallel()
	var told string
	dog := watchdog{
		status: func() mirror.Status { return mirror.Status{Runs: 2} },
		lost:   func() int { return 3 },
		notify: func(states ...string) { told = strings.Join(states, " ") },
	}
	dog.ready()
	if want := "READY=1 STATUS=2 runs, 0 dirty, 3 log lines dropped"; told != want {
		t.Errorf("told %q, want %q", told, want)
	}
	if !dog.unfinished {
		t.Error("the status is not refreshed")
	}
}

// TestStatusIsTrueFromReadyOn has a service that becomes ready and is done a moment later.
func TestStatusIsTrueFromReadyOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var told []string
		dog := watchdog{
			interval: 20 * time.Second,
			status: func() mirror.Status {
				switch since := time.Since(began); {
				case since < 500*time.Millisecond:
					return mirror.Status{Starting: true}
				case since < 1500*time.Millisecond:
					return mirror.Status{Dirty: 1, Runs: 2}
				}
				return mirror.Status{Runs: 3}
			},
			stalled: func(context.Context) error { return nil },
			notify:  func(states ...string) { told = append(told, time.Since(began).String()+" "+strings.Join(states, " ")) },
			log:     zap.NewNop(),
		}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		dog.ready()
		dog.run(ctx)
		want := []string{
			"0s READY=1 STATUS=Looking at the stats tree, 0 runs in the catalog",
			"0s WATCHDOG=1 STATUS=Looking at the stats tree, 0 runs in the catalog",
			"1s STATUS=2 runs, 1 dirty, oldest unmirrored change 0s ago",
			"2s STATUS=3 runs, 0 dirty",
			"20s WATCHDOG=1 STATUS=3 runs, 0 dirty",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	})
}
