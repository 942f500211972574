// Package ending ends a command that does not end by itself after a signal to stop.
package ending

import (
	"context"
	"math"
	"sync"
	"time"
)

// Ending ends the process some time after a signal to stop, even if the command computes, or waits
// for an answer, without checking its context.
type Ending struct {
	mu       sync.Mutex
	usual    time.Duration // the patience, unless the command has its own
	patience time.Duration
	begun    time.Time // start of the patience, after the signal
}

type key struct{}

// New returns an Ending with a patience.
func New(patience time.Duration) *Ending {
	return &Ending{usual: patience, patience: patience}
}

// In returns a context in which Allow finds the Ending.
func (e *Ending) In(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, e) }

// Allow gives the command of ctx a different patience until release is called.
func Allow(ctx context.Context, patience time.Duration) (release func()) {
	e, ok := ctx.Value(key{}).(*Ending)
	if !ok {
		return func() {}
	}
	e.set(patience)
	return func() { e.set(e.usual) }
}

// HoldOn returns Allow without an end, for the time that another program has the terminal.
func HoldOn(ctx context.Context) func() (release func()) {
	return func() (release func()) { return Allow(ctx, math.MaxInt64) }
}

func (e *Ending) set(patience time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.patience, e.begun = patience, time.Now()
}

// Begin starts the patience: the signal has come.
func (e *Ending) Begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun = time.Now()
}

// Left returns how much of the patience is left.
func (e *Ending) Left() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.patience - time.Since(e.begun)
}
