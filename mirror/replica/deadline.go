package replica

import (
	"context"
	"fmt"
	"time"
)

// withDeadline calls do, which may hang in the backup. If it does, withDeadline abandons it when
// ctx is done or the time is up. The next attempt then waits for it.
func (r *Replica) withDeadline(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	select {
	case r.slot <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("an earlier attempt still waits for an answer: %w", ctx.Err())
	}
	r.setWaiting(time.Now())
	done := make(chan error, 1)
	go func() {
		defer func() { r.setWaiting(time.Time{}); <-r.slot }()
		done <- do(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(abandonAfter):
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
}

func (r *Replica) setWaiting(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waitingSince = since
}

// abandonAfter is how long a call has to notice that its context is done.
const abandonAfter = 100 * time.Millisecond
