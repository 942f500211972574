package service

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"statsmirror/cmd/statsmirror/internal/status"
	"statsmirror/mirror"
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
