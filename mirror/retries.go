package mirror

import (
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// retries says of each key that fails how long to wait before the next try:
// 1 s after the first failure, then longer each time up to 5 min, give or take
// a random half. The zero value is ready.
type retries struct {
	mu     sync.Mutex
	clocks map[string]*backoff.ExponentialBackOff
}

// failed returns how long to wait after one more failure of key.
func (r *retries) failed(key string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	clock := r.clocks[key]
	if clock == nil {
		clock = &backoff.ExponentialBackOff{
			InitialInterval: time.Second, MaxInterval: 5 * time.Minute,
			Multiplier: 2, RandomizationFactor: 0.5,
		}
		if r.clocks == nil {
			r.clocks = map[string]*backoff.ExponentialBackOff{}
		}
		r.clocks[key] = clock
	}
	return clock.NextBackOff()
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

// limiter lets one line a minute through for each key. The zero value is ready.
type limiter struct {
	mu   sync.Mutex
	keys map[string]*limit
}

type limit struct {
	logged time.Time
	held   int
}

// allow reports whether a line for key may be logged now, and how many were
// held back since the last one.
func (l *limiter) allow(key string) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	last := l.keys[key]
	switch {
	case last == nil:
		if l.keys == nil {
			l.keys = map[string]*limit{}
		}
		l.keys[key] = &limit{logged: now}
		return 0, true
	case now.Sub(last.logged) < time.Minute:
		last.held++
		return 0, false
	}
	held = last.held
	*last = limit{logged: now}
	return held, true
}

// forget lets the next line for key through.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, key)
}
