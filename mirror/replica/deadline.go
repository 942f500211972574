package replica

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// call is a conversation with the backup that has not ended.
type call struct {
	since     time.Time
	ended     chan struct{} // closed at the end
	abandoned bool          // nobody waits for it any more
}

// withDeadline calls do, which may hang in the backup. If it does, withDeadline abandons it when
// ctx is done or the time is up. The next attempt then waits for it.
func (r *Replica) withDeadline(ctx context.Context, do func(context.Context) error) error {
	return r.withSlot(ctx, func(ctx context.Context, _ func()) error { return do(ctx) })
}

// withSlot is withDeadline for a call that lets the next one begin before its own end: it calls
// leave once it needs nothing that the slot guards.
func (r *Replica) withSlot(ctx context.Context, do func(ctx context.Context, leave func()) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	select {
	case r.slot <- struct{}{}:
	case <-ctx.Done():
		return unanswered(ctx)
	}
	leave := sync.OnceFunc(func() { <-r.slot })
	if err := r.awaitAbandoned(ctx); err != nil {
		leave()
		return err
	}
	c := r.beginCall()
	done := make(chan error, 1)
	go func() {
		defer func() { r.endCall(c); leave() }()
		done <- do(ctx, leave)
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
		r.abandon(c)
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
}

func unanswered(ctx context.Context) error {
	return fmt.Errorf("an earlier attempt still waits for an answer: %w", ctx.Err())
}

// awaitAbandoned waits until the abandoned calls have ended.
func (r *Replica) awaitAbandoned(ctx context.Context) error {
	for _, c := range r.abandonedCalls() {
		select {
		case <-c.ended:
		case <-ctx.Done():
			return unanswered(ctx)
		}
	}
	return nil
}

func (r *Replica) abandonedCalls() []*call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*call
	for c := range r.calls {
		if c.abandoned {
			all = append(all, c)
		}
	}
	return all
}

func (r *Replica) beginCall() *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &call{since: time.Now(), ended: make(chan struct{})}
	r.calls[c] = true
	return c
}

func (r *Replica) endCall(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, c)
	close(c.ended)
}

func (r *Replica) abandon(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.abandoned = true
}

// Unanswered returns for how long the backup has owed an answer; 0 if it owes none.
func (r *Replica) Unanswered() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	longest := time.Duration(0)
	for c := range r.calls {
		longest = max(longest, time.Since(c.since))
	}
	return longest
}

// abandonAfter is how long a call has to notice that its context is done.
const abandonAfter = 100 * time.Millisecond
