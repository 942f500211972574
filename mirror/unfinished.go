package mirror

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"statsmirror/mirror/catalog"
)

// UnfinishedError means that a source ends in the middle and changed only a moment ago: a store may
// be under way.
type UnfinishedError struct {
	*catalog.InvalidError
	After time.Duration // when it counts as damaged, unless it changes
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("%s is unfinished: it ends in the middle, at byte %d, and a store may be under way; try again; in %v it counts as damaged",
		e.Path, e.Offset, e.After.Round(time.Second))
}

func isUnfinished(err error) bool {
	_, ok := errors.AsType[*UnfinishedError](err)
	return ok
}

// sourceStates are the runs with a source that could not be used at their last Sync. The zero value
// is ready.
type sourceStates struct {
	mu   sync.Mutex
	runs map[string]catalog.SourceState
}

// note records the error of a Sync of a run.
func (s *sourceStates) note(run string, err error) {
	state := catalog.SourceState("")
	for _, err := range parts(err) {
		if _, ok := errors.AsType[*UnfinishedError](err); ok && state == "" {
			state = catalog.SourceUnfinished
		} else if invalid, ok := errors.AsType[*catalog.InvalidError](err); ok && !invalid.Foreign {
			state = catalog.SourceDamaged
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == "" {
		delete(s.runs, run)
		return
	}
	if s.runs == nil {
		s.runs = map[string]catalog.SourceState{}
	}
	s.runs[run] = state
}

// count returns how many runs have an unfinished source, and how many a damaged one.
func (s *sourceStates) count() (unfinished, damaged int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, state := range s.runs {
		if state == catalog.SourceDamaged {
			damaged++
		} else {
			unfinished++
		}
	}
	return unfinished, damaged
}
