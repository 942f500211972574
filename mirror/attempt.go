package mirror

import (
	"context"
	"fmt"
	"time"
)

// attempt does something with the backup that may hang. Then it is abandoned
// when ctx is done or the time is up, and holds up the next attempt.
func (r *replica) attempt(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	select {
	case r.slot <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("an earlier attempt still waits for an answer: %w", ctx.Err())
	}
	r.setAsking(time.Now())
	done := make(chan error, 1)
	go func() {
		defer func() { r.setAsking(time.Time{}); <-r.slot }()
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

func (r *replica) setAsking(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asking = since
}

// abandonAfter is how long a call has to notice that its context is done.
const abandonAfter = 100 * time.Millisecond

// askingSince returns since when the backup owes an answer, zero if it does not.
func (r *replica) askingSince() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asking
}
