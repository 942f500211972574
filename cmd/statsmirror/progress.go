package main

import (
	"context"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"
)

// concurrency is how many runs are read at a time: a store far away takes its
// time for each answer, and each may be large.
const concurrency = 8

// each does something with each of n things, several at a time. When ctx is done
// it begins with no more, and returns the error of ctx.
func each(ctx context.Context, n int, progress func(done, total int), do func(i int)) error {
	var mu sync.Mutex
	done := 0
	report := func() {
		mu.Lock()
		defer mu.Unlock()
		progress(done, n)
		done++
	}
	report()
	var workers errgroup.Group
	workers.SetLimit(concurrency)
	for i := range n {
		workers.Go(func() error {
			if ctx.Err() == nil {
				do(i)
				report()
			}
			return nil
		})
	}
	_ = workers.Wait() // workers return no error
	return ctx.Err()
}

// progressBar returns a function that draws how much is done on a terminal,
// and draws nothing elsewhere.
func progressBar(w io.Writer) func(done, total int) {
	if !isTerminal(w) {
		return func(int, int) {}
	}
	const width = 40
	return func(done, total int) {
		filled := width
		if total > 0 {
			filled = width * done / total
		}
		fmt.Fprintf(w, "\r[%-*s] %d/%d runs", width, bars[:filled], done, total)
		if done == total {
			fmt.Fprintln(w)
		}
	}
}

const bars = "########################################"
