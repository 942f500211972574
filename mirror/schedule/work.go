package schedule

import (
	"context"
	"sync"
)

// Work is the keys that are in any of several queues, or that a caller adds. It knows when none are
// left. A nil Work counts nothing.
type Work struct {
	mu   sync.Mutex
	left map[string]int // in how many places a key is
	idle chan struct{}  // closed when nothing is left
	done func(key string)
}

// NewWork returns a Work without keys. It calls done whenever a key is no longer anywhere. done is
// never called concurrently, and must not call the Work.
func NewWork(done func(key string)) *Work {
	w := &Work{left: map[string]int{}, idle: make(chan struct{}), done: done}
	close(w.idle)
	return w
}

// Add records that a key is in one more place.
func (w *Work) Add(key string) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.left) == 0 {
		w.idle = make(chan struct{})
	}
	w.left[key]++
}

// Done records that a key is in one place less.
func (w *Work) Done(key string) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left[key]--; w.left[key] > 0 {
		return
	}
	delete(w.left, key)
	w.done(key)
	if len(w.left) == 0 {
		close(w.idle)
	}
}

// Wait waits until no key is left, or ctx is done.
func (w *Work) Wait(ctx context.Context) {
	w.mu.Lock()
	idle := w.idle
	w.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-idle:
	}
}
