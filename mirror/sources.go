package mirror

import (
	"errors"
	"slices"
	"sync"

	"statsmirror/mirror/catalog"
)

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

// count returns how many runs have an unfinished source, and how many a damaged one, with the names
// of some of these.
func (s *sourceStates) count() (unfinished, damaged int, some []string) {
	const most = 5
	s.mu.Lock()
	defer s.mu.Unlock()
	for run, state := range s.runs {
		if state != catalog.SourceDamaged {
			unfinished++
			continue
		}
		damaged++
		some = append(some, run)
	}
	slices.Sort(some)
	return unfinished, damaged, some[:min(len(some), most)]
}
