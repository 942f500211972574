package catalog

import (
	"fmt"
	"time"

	"statsmirror/store"
)

// SourceState is the state of a stats file that cannot be used.
type SourceState string

// The states of an unusable source.
const (
	SourceUnfinished SourceState = "unfinished"   // it ends in the middle and changed a moment ago: a store may be under way
	SourceDamaged    SourceState = "damaged"      // it is wrong and stays wrong
	SourceForeign    SourceState = "not a pickle" // another program's file, or a person's
)

// InvalidError means that a source of a run is not a valid stats file. Trying again helps only
// after it has changed.
type InvalidError struct {
	Run    string     `json:"-"`
	Kind   store.Kind `json:"-"`
	Path   string     `json:"path"`   // in the stats tree
	Offset int64      `json:"offset"` // of the faulty byte; -1 if the rows as a whole are at fault
	SHA256 string     `json:"sha256"` // of the file
	Reason string     `json:"reason"`
	Hint   string     `json:"hint,omitempty"` // what to do about it
	Rows   int        `json:"rows"`           // how many can be saved

	Torn    bool      `json:"torn,omitempty"`    // it ends in the middle, or is empty
	Foreign bool      `json:"foreign,omitempty"` // it is not a pickle, and the run has no rows of its kind
	Since   time.Time `json:"since,omitzero"`    // when it last changed, as far as known

	Logged bool `json:"logged,omitempty"`
}

func (e *InvalidError) Error() string {
	text := fmt.Sprintf("%s at byte %d: %s (rows that can be saved: %d)", e.Path, e.Offset, e.Reason, e.Rows)
	switch {
	case e.Foreign:
		text = e.Path + " is " + e.Reason
	case e.Offset < 0:
		text = e.Path + ": " + e.Reason
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// With returns the error of a source of that run and kind.
func (e *InvalidError) With(run string, kind store.Kind) *InvalidError {
	known := *e
	known.Run, known.Kind = run, kind
	return &known
}

// State returns the present state of the source. A source that ends in the middle is damaged once
// it has not changed for the duration after; if after is not positive, it is
// store.DefaultDamagedAfter.
func (e *InvalidError) State(after time.Duration) SourceState {
	if after <= 0 {
		after = store.DefaultDamagedAfter
	}
	switch {
	case e.Foreign:
		return SourceForeign
	case e.DamagedIn(time.Now(), after) > 0:
		return SourceUnfinished
	}
	return SourceDamaged
}

// DamagedIn returns how long until the source counts as damaged if it does not change; 0 if it
// already does.
func (e *InvalidError) DamagedIn(now time.Time, after time.Duration) time.Duration {
	if !e.Torn || e.Foreign {
		return 0
	}
	age := max(0, now.Sub(e.Since)) // the clock may have been set back
	return max(0, after-age)
}
