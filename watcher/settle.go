package watcher

import (
	"container/heap"
	"time"
)

// A settler holds names back until they have been quiet for a while. It has no clock: the caller
// passes the time.
type settler struct {
	quiet   time.Duration // since the last mark of a name
	ceiling time.Duration // since its first mark, quiet or not
	byName  map[string]*unsettled
	byDue   dueHeap
}

type unsettled struct {
	name  string
	first time.Time
	due   time.Time
	index int // in the heap
}

func newSettler(quiet, ceiling time.Duration) *settler {
	return &settler{quiet: quiet, ceiling: ceiling, byName: make(map[string]*unsettled)}
}

// mark records that something happened to name.
func (s *settler) mark(name string, now time.Time) {
	u, ok := s.byName[name]
	if !ok {
		u = &unsettled{name: name, first: now, due: s.due(now, now)}
		s.byName[name] = u
		heap.Push(&s.byDue, u)
		return
	}
	u.due = s.due(u.first, now)
	heap.Fix(&s.byDue, u.index)
}

func (s *settler) due(first, last time.Time) time.Time {
	quiet, ceiling := last.Add(s.quiet), first.Add(s.ceiling)
	if ceiling.Before(quiet) {
		return ceiling
	}
	return quiet
}

// pending reports whether name is held back.
func (s *settler) pending(name string) bool {
	_, ok := s.byName[name]
	return ok
}

// next returns when the next name is due; false if none is held back.
func (s *settler) next() (time.Time, bool) {
	if len(s.byDue) == 0 {
		return time.Time{}, false
	}
	return s.byDue[0].due, true
}

// pop removes and returns one name that is due; false if none is.
func (s *settler) pop(now time.Time) (string, bool) {
	if len(s.byDue) == 0 || s.byDue[0].due.After(now) {
		return "", false
	}
	u := heap.Pop(&s.byDue).(*unsettled)
	delete(s.byName, u.name)
	return u.name, true
}

// clear forgets all names.
func (s *settler) clear() {
	clear(s.byName)
	s.byDue = nil
}

// A dueHeap has the name with the earliest due time at index 0.
type dueHeap []*unsettled

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	u := x.(*unsettled)
	u.index = len(*h)
	*h = append(*h, u)
}

func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	u := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return u
}
