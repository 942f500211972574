package archive

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"statsmirror/store"
)

// concurrency is how many runs are read at a time: a store far away takes its
// time for each answer, and each may be large.
const concurrency = 8

// Each does something with each of n runs, several at a time. When ctx is done it begins with no
// more, and the error is that of Interrupted. progress is called before the first run and after
// each.
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
			if ctx.Err() == nil { // else it may not have been done
				report()
			}
			return nil
		})
	}
	_ = workers.Wait() // workers return no error
	return Interrupted(ctx, done, n)
}

// interruptedError says how far work had come when it was interrupted.
type interruptedError struct {
	done, total int // runs
	err         error
}

func (e *interruptedError) Error() string {
	return fmt.Sprintf("interrupted after %d of %s", e.done, store.CountRuns(e.total))
}

func (e *interruptedError) Unwrap() error { return e.err }

// Interrupted returns nil, or when ctx is done an error that says how many runs were done. The
// error matches that of ctx.
func Interrupted(ctx context.Context, done, total int) error {
	if ctx.Err() == nil {
		return nil
	}
	return &interruptedError{done, total, ctx.Err()}
}
