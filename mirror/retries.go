package mirror

import (
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

// retries says of each key that fails how long to wait before the next try:
// 1 s after the first failure, then longer each time up to 5 min, give or take
// a random half. The zero value is ready.
type retries struct {
	mu     sync.Mutex
	clocks map[string]*clock
}

type clock struct {
	backoff.ExponentialBackOff
	since time.Time // the first failure
}

// failed returns how long to wait after one more failure of key.
func (r *retries) failed(key string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.clocks[key]
	if c == nil {
		c = &clock{backoff.ExponentialBackOff{
			InitialInterval: time.Second, MaxInterval: 5 * time.Minute,
			Multiplier: 2, RandomizationFactor: 0.5,
		}, time.Now()}
		if r.clocks == nil {
			r.clocks = map[string]*clock{}
		}
		r.clocks[key] = c
	}
	return c.NextBackOff()
}

// worked forgets the failures of keys, and reports whether that left none.
func (r *retries) worked(keys ...string) (recovered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.clocks)
	for _, key := range keys {
		delete(r.clocks, key)
	}
	return before > 0 && len(r.clocks) == 0
}

// failing returns the keys that fail, with the times of their first failures.
func (r *retries) failing() map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	since := make(map[string]time.Time, len(r.clocks))
	for key, c := range r.clocks {
		since[key] = c.since
	}
	return since
}

// limiter lets one line through for each event of a run in each limitInterval.
// The zero value is ready.
type limiter struct {
	mu    sync.Mutex
	lines map[line]*limit
}

const limitInterval = time.Minute

type line struct{ event, run string }

type limit struct {
	logged time.Time
	held   int
}

// allow reports whether an event of a run may be logged now, and how many were
// held back since the last one.
func (l *limiter) allow(event, run string) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	last := l.lines[line{event, run}]
	switch {
	case last == nil:
		if l.lines == nil {
			l.lines = map[line]*limit{}
		}
		l.lines[line{event, run}] = &limit{logged: now}
		return 0, true
	case now.Sub(last.logged) < limitInterval:
		last.held++
		return 0, false
	}
	held = last.held
	*last = limit{logged: now}
	return held, true
}

// heldBack is the field that says how many lines were held back, if any were.
func heldBack(lines int) zap.Field {
	if lines == 0 {
		return zap.Skip()
	}
	return zap.Int(fieldHeldBack, lines)
}
