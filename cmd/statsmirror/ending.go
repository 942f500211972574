package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"statsmirror/cmd/statsmirror/internal/journal"
)

// stopPatience is how long a command may go on after a signal to stop.
const stopPatience = 800 * time.Millisecond

// ending ends the process some time after a signal to stop, also while the command
// computes, or waits for something that does not answer, and looks at no context.
type ending struct {
	mu       sync.Mutex
	usual    time.Duration // the patience, unless the command has another
	patience time.Duration
	begun    time.Time // when the patience began, after the signal
}

type endingKey struct{}

func newEnding(patience time.Duration) *ending {
	return &ending{usual: patience, patience: patience}
}

// RunUntilSignal is Run. It also returns when ctx has been done for patience, or for
// as long as the command allows itself.
func (m *Main) RunUntilSignal(ctx context.Context, patience time.Duration, args []string) int {
	e := newEnding(patience)
	status := make(chan int, 1)
	go func() { status <- m.Run(context.WithValue(ctx, endingKey{}, e), args) }()
	select {
	case s := <-status:
		return s
	case <-ctx.Done():
	}
	e.begin()
	const look = 50 * time.Millisecond // the patience may have changed
	for left := e.left(); left > 0; left = e.left() {
		select {
		case s := <-status:
			return s
		case <-time.After(min(left, look)):
		}
	}
	m.sayStopped()
	return exitFailed
}

// sayStopped says why the process ends. It does not wait for a stream that takes nothing.
func (m *Main) sayStopped() {
	said := make(chan struct{})
	go func() {
		defer close(said)
		err := errors.New("stopped by a signal in the middle of its work; the files that it has written are whole, run it again for the rest")
		fmt.Fprint(m.Stderr, complaint(err, journal.IsJournal(m.Stderr)))
	}()
	select {
	case <-said:
	case <-time.After(stopPatience / 8):
	}
}

// allow gives the command of ctx another patience until release is called.
func allow(ctx context.Context, patience time.Duration) (release func()) {
	e, ok := ctx.Value(endingKey{}).(*ending)
	if !ok {
		return func() {}
	}
	e.set(patience)
	return func() { e.set(e.usual) }
}

// holdOn returns allow without an end, for a program that has the terminal meanwhile.
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
