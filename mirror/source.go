package mirror

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"statsmirror/store"
)

// SourceState says how a stats file is that cannot be used.
type SourceState string

// The states of a source that cannot be used.
const (
	SourceUnfinished SourceState = "unfinished"   // it ends in the middle and changed a moment ago: a store may be under way
	SourceDamaged    SourceState = "damaged"      // it is wrong and stays wrong
	SourceForeign    SourceState = "not a pickle" // another program's file, or a person's
)

// InvalidError says that a source of a run is no valid stats file. Trying
// again helps only when it has changed.
type InvalidError struct {
	Run    string     `json:"-"`
	Kind   store.Kind `json:"-"`
	Path   string     `json:"path"`   // in the stats tree
	Offset int64      `json:"offset"` // of the byte at fault, -1 where the rows as a whole are
	SHA256 string     `json:"sha256"` // of the file
	Reason string     `json:"reason"`
	Hint   string     `json:"hint,omitempty"` // what to do about it
	Rows   int        `json:"rows"`           // that can be saved

	Torn    bool      `json:"torn,omitempty"`    // it ends in the middle, or is empty
	Foreign bool      `json:"foreign,omitempty"` // it is not a pickle, and the run has no rows of its kind
	Since   time.Time `json:"since,omitzero"`    // since when it has not changed, as far as is known

	Logged bool `json:"logged,omitempty"`
}

func (e *InvalidError) Error() string {
	text := fmt.Sprintf("%s at byte %d: %s (rows that can be saved: %d)", e.Path, e.Offset, e.Reason, e.Rows)
	if e.Offset < 0 {
		text = e.Path + ": " + e.Reason
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func (e *InvalidError) of(run string, kind store.Kind) *InvalidError {
	known := *e
	known.Run, known.Kind = run, kind
	return &known
}

// State returns how the source is now. One that ends in the middle is damaged when it has
// not changed for the duration after, store.DefaultDamagedAfter if that is not positive.
func (e *InvalidError) State(after time.Duration) SourceState {
	if after <= 0 {
		after = store.DefaultDamagedAfter
	}
	switch {
	case e.Foreign:
		return SourceForeign
	case e.damagedIn(time.Now(), after) > 0:
		return SourceUnfinished
	}
	return SourceDamaged
}

// damagedIn returns how long it is until the source counts as damaged, if it has not
// changed by then; 0 if it does.
func (e *InvalidError) damagedIn(now time.Time, after time.Duration) time.Duration {
	if !e.Torn || e.Foreign {
		return 0
	}
	age := max(0, now.Sub(e.Since)) // the clock may have been set back
	return max(0, after-age)
}

// UnfinishedError says that a source ends in the middle and changed only a moment ago: a
// store may be under way.
type UnfinishedError struct {
	*InvalidError
	After time.Duration // when it counts as damaged, if it does not change
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("%s is unfinished: it ends at byte %d, in the middle, and a store may be under way; try again, in %v it counts as damaged",
		e.Path, e.Offset, e.After.Round(time.Second))
}

// sourceStates are the runs with a source that could not be used at their last Sync. The
// zero value is ready.
type sourceStates struct {
	mu   sync.Mutex
	runs map[string]SourceState
}

// note notes the error of a Sync of a run.
func (s *sourceStates) note(run string, err error) {
	state := SourceState("")
	for _, err := range parts(err) {
		if _, ok := errors.AsType[*UnfinishedError](err); ok && state == "" {
			state = SourceUnfinished
		} else if invalid, ok := errors.AsType[*InvalidError](err); ok && !invalid.Foreign {
			state = SourceDamaged
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == "" {
		delete(s.runs, run)
		return
	}
	if s.runs == nil {
		s.runs = map[string]SourceState{}
	}
	s.runs[run] = state
}

// count returns how many runs have an unfinished source, and how many a damaged one.
func (s *sourceStates) count() (unfinished, damaged int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, state := range s.runs {
		if state == SourceDamaged {
			damaged++
		} else {
			unfinished++
		}
	}
	return unfinished, damaged
}
