package archive

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"statsmirror/store"
)

// concurrency is how many runs are read at a time: a distant store takes time for each answer, and
// each answer may be large.
const concurrency = 8

// Each calls do for each of n runs, several at a time. Once ctx is done it begins no more, and
// returns the error of Interrupted. progress is called before the first run and after each.
func Each(ctx context.Context, n int, progress func(done, total int), do func(i int)) error {
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
			if ctx.Err() == nil { // otherwise it may not have been done
				report()
			}
			return nil
		})
	}
	_ = workers.Wait() // the workers return no error
	return Interrupted(ctx, done, n)
}

// interruptedError says how many runs were done before an interruption.
type interruptedError struct {
	done, total int // runs
	err         error
}

func (e *interruptedError) Error() string {
	return fmt.Sprintf("interrupted after %d of %s", e.done, store.CountRuns(e.total))
}

func (e *interruptedError) Unwrap() error { return e.err }

// Interrupted returns nil, or if ctx is done an error with the number of runs done. The error
// matches that of ctx.
func Interrupted(ctx context.Context, done, total int) error {
	if ctx.Err() == nil {
		return nil
	}
	return &interruptedError{done, total, ctx.Err()}
}
