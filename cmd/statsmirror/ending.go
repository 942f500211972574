package main

import (
	"context"
	"math"
	"sync"
	"time"
)

// stopPatience is how long a command may continue after a signal to stop.
const stopPatience = 800 * time.Millisecond

// ending ends the process some time after a signal to stop, even if the command computes, or waits
// for an answer, without checking its context.
type ending struct {
	mu       sync.Mutex
	usual    time.Duration // the patience, unless the command has its own
	patience time.Duration
	begun    time.Time // start of the patience, after the signal
}

type endingKey struct{}

func newEnding(patience time.Duration) *ending {
	return &ending{usual: patience, patience: patience}
}

// allow gives the command of ctx a different patience until release is called.
func allow(ctx context.Context, patience time.Duration) (release func()) {
	e, ok := ctx.Value(endingKey{}).(*ending)
	if !ok {
		return func() {}
	}
	e.set(patience)
	return func() { e.set(e.usual) }
}

// holdOn returns allow without an end, for the time that another program has the terminal.
func holdOn(ctx context.Context) func() (release func()) {
	return func() (release func()) { return allow(ctx, math.MaxInt64) }
}

func (e *ending) set(patience time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.patience, e.begun = patience, time.Now()
}

func (e *ending) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun = time.Now()
}

func (e *ending) left() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.patience - time.Since(e.begun)
}
