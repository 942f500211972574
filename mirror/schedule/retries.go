package schedule

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retries says how long to wait before a failed key is tried again: 1 s after the first failure,
// then longer each time up to 5 min, varied at random by up to a half. The zero value is ready.
type Retries struct {
	mu     sync.Mutex
	clocks map[string]*clock
}

type clock struct {
	backoff.ExponentialBackOff
	since time.Time // of the first failure
	due   time.Time // of the next try
}

// Failed records a failure of key and returns how long to wait.
func (r *Retries) Failed(key string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.clocks[key]
	if c == nil {
		c = &clock{ExponentialBackOff: backoff.ExponentialBackOff{
			InitialInterval: time.Second, MaxInterval: 5 * time.Minute,
			Multiplier: 2, RandomizationFactor: 0.5,
		}, since: time.Now()}
		if r.clocks == nil {
			r.clocks = map[string]*clock{}
		}
		r.clocks[key] = c
	}
	wait := c.NextBackOff()
	c.due = time.Now().Add(wait)
	return wait
}

// Worked forgets the failures of keys, and reports whether none are left.
func (r *Retries) Worked(keys ...string) (recovered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.clocks)
	for _, key := range keys {
		delete(r.clocks, key)
	}
	return before > 0 && len(r.clocks) == 0
}

// Since returns the time of the first failure of key; zero if it does not fail.
func (r *Retries) Since(key string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.clocks[key]; c != nil {
		return c.since
	}
	return time.Time{}
}

// Due returns when key is to be tried again; zero if it does not fail.
func (r *Retries) Due(key string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.clocks[key]; c != nil {
		return c.due
	}
	return time.Time{}
}

// Failing returns the failing keys with the times of their first failures.
func (r *Retries) Failing() map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	since := make(map[string]time.Time, len(r.clocks))
	for key, c := range r.clocks {
		since[key] = c.since
	}
	return since
}

// Oldest returns for how long the longest-failing key has been failing; 0 if none fails.
func Oldest(since map[string]time.Time) time.Duration {
	var longest time.Duration
	for _, at := range since {
		longest = max(longest, time.Since(at))
	}
	return longest
}

// Longest returns the keys that have been failing longest, at most 5. A key whose time is in the
// future does not count.
func Longest(since map[string]time.Time) []string {
	const most = 5
	now := time.Now()
	var keys []string
	for key, at := range since {
		if at.After(now) {
			continue
		}
		i, _ := slices.BinarySearchFunc(keys, key, func(a, b string) int {
			return cmp.Or(since[a].Compare(since[b]), strings.Compare(a, b))
		})
		if i < most {
			keys = slices.Insert(keys, i, key)
			keys = keys[:min(len(keys), most)]
		}
	}
	return keys
}
