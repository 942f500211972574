package service

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/status"
	"statsmirror/mirror"
	"statsmirror/mirror/catalog"
	"statsmirror/watcher"
)

// TestFailedStatusIsLoggedOnce has a file that cannot be written for a while, twice.
func TestFailedStatusIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		writes := 0
		r := reporter{figures: func() mirror.Status { return mirror.Status{} }, log: zap.New(core), write: map[string]func(mirror.Status) error{
			"file": func(mirror.Status) error {
				writes++
				if writes%10 < 5 {
					return errors.New("disk full")
				}
				return nil
			},
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 19*status.Every+time.Second)
		defer cancel()
		r.run(ctx, "file")
		if n := logs.FilterField(zap.String("event", EventStatusFailed)).Len(); writes != 20 || n != 3 {
			t.Errorf("%d writes, %d lines", writes, n)
		}
	})
}

// TestStatusSaysThatTheServiceHasStalled has a watcher that does not answer.
func TestStatusSaysThatTheServiceHasStalled(t *testing.T) {
	t.Parallel()
	c, err := catalog.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	synctest.Test(t, func(t *testing.T) {
		s := &Service{log: zap.NewNop(), buffer: journal.NewBufferedCore(zapcore.NewNopCore())}
		ready := make(chan struct{})
		close(ready)
		hangs := watcher.New("stats", watcher.Options{})
		m := mirror.New(s.Tree(), c, nil, mirror.Options{Log: s.log})
		defer s.watch(t.Context(), ready, hangs, m)()
		if f := s.statusFile(m.Status()); f.Stalled != "" {
			t.Errorf("at once: %q", f.Stalled)
		}
		time.Sleep(5 * time.Minute)
		if f := s.statusFile(m.Status()); !strings.Contains(f.Stalled, "scan of stats has not ended") {
			t.Errorf("after 5 minutes: %q", f.Stalled)
		}
	})
}

// TestHangingStatusDoesNotHoldUpTheEnd has a file system that never answers.
func TestHangingStatusDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := make(chan struct{})
		r := reporter{figures: func() mirror.Status { return mirror.Status{} }, log: zap.NewNop(), write: map[string]func(mirror.Status) error{
			"file": func(mirror.Status) error { <-hangs; return nil },
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		r.run(ctx, "file")
		if took := time.Since(began); took > time.Hour+time.Second {
			t.Errorf("it took %v", took)
		}
		close(hangs)
	})
}
