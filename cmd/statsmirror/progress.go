package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// concurrency is how many runs are read at a time: a store far away takes its
// time for each answer, and each may be large.
const concurrency = 8

// each does something with each of n runs, several at a time. When ctx is done it
// begins with no more, and the error says how many were done.
func each(ctx context.Context, n int, progress func(done, total int), do func(i int)) error {
	var mu sync.Mutex
	done := -1
	report := func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		progress(done, n)
	}
	report()
	var workers errgroup.Group
	workers.SetLimit(concurrency)
	for i := range n {
		workers.Go(func() error {
			if ctx.Err() == nil {
				do(i)
			}
			if ctx.Err() == nil { // else it may not have been done
				report()
			}
			return nil
		})
	}
	_ = workers.Wait() // workers return no error
	return interrupted(ctx, done, n)
}

// interruptedError says how far work had come when it was interrupted.
type interruptedError struct {
	done, total int // runs
	err         error
}

func (e *interruptedError) Error() string {
	return fmt.Sprintf("interrupted after %d of %d runs", e.done, e.total)
}

func (e *interruptedError) Unwrap() error { return e.err }

// interrupted returns nil, or when ctx is done an *interruptedError.
func interrupted(ctx context.Context, done, total int) error {
	if ctx.Err() == nil {
		return nil
	}
	return &interruptedError{done, total, ctx.Err()}
}

// progress says how far long work is: a bar on a terminal, elsewhere a line now and
// then, none if it is soon done.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	next     time.Time // when there is something to say again
	drawn    bool      // a bar is on the line of the cursor
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: isTerminal(w), now: time.Now}
}

// at says that so many of all runs are done.
func (p *progress) at(done, total int) {
	if p.terminal {
		p.draw(done, total)
		return
	}
	const interval = 10 * time.Second
	now := p.now()
	if p.next.IsZero() {
		p.next = now.Add(interval)
	}
	if done < total && !now.Before(p.next) {
		p.next = now.Add(interval)
		fmt.Fprintf(p.w, "%d of %d runs done\n", done, total)
	}
}

func (p *progress) draw(done, total int) {
	const width = 40
	const bars = "########################################"
	filled := width
	if total > 0 {
		filled = width * done / total
	}
	// The cursor is left at the beginning, so that a line of the log takes the bar's place.
	fmt.Fprintf(p.w, "[%-*s] %d/%d runs\r", width, bars[:filled], done, total)
	p.drawn = true
}

// end leaves the line of the bar to what comes after.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprintln(p.w)
		p.drawn = false
	}
}
