package main

import (
	"context"
	"fmt"
	"io"
	"os"
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
	return fmt.Sprintf("interrupted after %d of %s", e.done, counted(e.total, "run"))
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

	mu  sync.Mutex
	bar string // on the line of the cursor, which is at its beginning
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: isTerminal(w), now: time.Now}
}

// at says that so many of all runs are done.
func (p *progress) at(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		p.bar = barOf(done, total)
		fmt.Fprint(p.w, p.bar+"\r")
		return
	}
	const interval = 10 * time.Second
	now := p.now()
	if p.next.IsZero() {
		p.next = now.Add(interval)
	}
	if done < total && !now.Before(p.next) {
		p.next = now.Add(interval)
		fmt.Fprintf(p.w, "%d of %s done\n", done, counted(total, "run"))
	}
}

func barOf(done, total int) string {
	const width = 40
	const bars = "########################################"
	filled := width
	if total > 0 {
		filled = width * done / total
	}
	return fmt.Sprintf("[%-*s] %d/%s", width, bars[:filled], done, counted(total, "run"))
}

// end leaves the line of the bar to what comes after.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != "" {
		fmt.Fprintln(p.w)
		p.bar = ""
	}
}

// aboveBar writes whole lines where a bar is drawn: each takes the line of the bar, which
// is drawn again below.
type aboveBar struct {
	*progress
	fd uintptr
}

// above returns a writer for whole lines on the terminal of the bar, or what p writes to.
func (p *progress) above() io.Writer {
	if f, ok := p.w.(*os.File); ok && p.terminal {
		return aboveBar{p, f.Fd()}
	}
	return p.w
}

// Fd returns the terminal.
func (a aboveBar) Fd() uintptr { return a.fd }

func (a aboveBar) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bar == "" {
		return a.w.Write(line)
	}
	if _, err := fmt.Fprintf(a.w, "%*s\r%s%s\r", len(a.bar), "", line, a.bar); err != nil {
		return 0, err
	}
	return len(line), nil
}
