// Package schedule decides when to do something. [Queue] holds keys until they are due. [Retries]
// says how long to wait before a failed key is tried again: Mirror.tryAgain asks it after a Sync
// fails, Replica.mirror and Replica.pause after a copy or a whole backup does. [Work] says when
// several queues are done. Several goroutines may use all three; none starts one.
package schedule

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Queue holds each key once until it is due. A taken key is not given out again before it is done;
// if it is added meanwhile, it waits.
type Queue struct {
	mu      sync.Mutex
	waiting dueHeap
	byKey   map[string]*due
	taken   map[string]*taking
	moved   time.Time // when a key was last taken or given back
	changed chan struct{}
	work    *Work // that has the keys of the queue
}

// A taking is a key that was taken and not yet given back.
type taking struct {
	at    time.Time
	again time.Time // when it is due again; zero for never
}

// NewQueue returns an empty Queue.
func NewQueue() *Queue {
	return &Queue{byKey: map[string]*due{}, taken: map[string]*taking{}, changed: make(chan struct{}, 1)}
}

// Begin drops all waiting keys, and counts later ones as work; nil counts nothing. No key may be
// taken.
func (q *Queue) Begin(work *Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.clear() // under the same lock, so that no key comes in between
	q.work = work
}

// Clear drops all waiting keys. A taken key does not wait again when it is done.
func (q *Queue) Clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.clear()
}

// clear drops the waiting keys, for Clear and Begin, which hold the mutex.
func (q *Queue) clear() {
	for key := range q.byKey {
		q.work.Done(key)
	}
	q.waiting, q.byKey = nil, map[string]*due{}
	for _, t := range q.taken {
		t.again = time.Time{}
	}
}

// Add makes key due at a time, unless it is already due earlier. It never blocks.
func (q *Queue) Add(key string, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t, ok := q.taken[key]; ok {
		if t.again.IsZero() || at.Before(t.again) {
			t.again = at
		}
		return
	}
	q.push(key, at)
}

func (q *Queue) push(key string, at time.Time) {
	d := q.byKey[key]
	switch {
	case d == nil:
		d = &due{key: key, at: at}
		q.work.Add(key)
		q.byKey[key] = d
		heap.Push(&q.waiting, d)
	case at.Before(d.at):
		d.at = at
		heap.Fix(&q.waiting, d.index)
	}
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// Next takes the key that has been due longest. It waits for one until ctx is done; then ok is
// false. Only one goroutine may call it at a time.
func (q *Queue) Next(ctx context.Context) (key string, ok bool) {
	for ctx.Err() == nil {
		key, wait, ok := q.take(time.Now())
		if ok {
			return key, true
		}
		q.await(ctx, wait)
	}
	return "", false
}

// take takes a due key. Otherwise it returns how long until one is due; 0 for never.
func (q *Queue) take(now time.Time) (key string, wait time.Duration, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return "", 0, false
	}
	if wait := q.waiting[0].at.Sub(now); wait > 0 {
		return "", wait, false
	}
	d := heap.Pop(&q.waiting).(*due)
	delete(q.byKey, d.key)
	q.taken[d.key] = &taking{at: now}
	q.moved = now
	return d.key, 0, true
}

func (q *Queue) await(ctx context.Context, wait time.Duration) {
	var passed <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-ctx.Done():
	case <-q.changed:
	case <-passed:
	}
}

// Done gives a taken key back.
func (q *Queue) Done(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.taken[key]
	delete(q.taken, key)
	q.moved = time.Now()
	if t == nil {
		return
	}
	if !t.again.IsZero() {
		q.push(key, t.again)
	}
	q.work.Done(key)
}

// TakenBefore returns the keys that were taken before a point in time and not given back since,
// with the time they were taken.
func (q *Queue) TakenBefore(before time.Time) map[string]time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := map[string]time.Time{}
	for key, t := range q.taken {
		if t.at.Before(before) {
			taken[key] = t.at
		}
	}
	return taken
}

// Since returns the keys that are due or taken, with the time since when.
func (q *Queue) Since(now time.Time) map[string]time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := map[string]time.Time{}
	for key, t := range q.taken {
		all[key] = t.at
	}
	for _, d := range q.waiting {
		if !d.at.After(now) {
			all[d.key] = d.at
		}
	}
	return all
}

// Len returns the number of keys that wait or are taken.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.byKey) + len(q.taken)
}

// Stuck returns a key that has been due since before a point in time although no key has moved
// since.
func (q *Queue) Stuck(before time.Time) (key string, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 && q.waiting[0].at.Before(before) && q.moved.Before(before) {
		return q.waiting[0].key, true
	}
	return "", false
}

// due is a key and when it is due.
type due struct {
	key   string
	at    time.Time
	index int
}

// dueHeap has the key with the earliest due time first.
type dueHeap []*due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	d := x.(*due)
	d.index = len(*h)
	*h = append(*h, d)
}

func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return d
}
