package catalog

import (
	"fmt"
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

// With returns the error of a source of that run and kind.
func (e *InvalidError) With(run string, kind store.Kind) *InvalidError {
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
	case e.DamagedIn(time.Now(), after) > 0:
		return SourceUnfinished
	}
	return SourceDamaged
}

// DamagedIn returns how long it is until the source counts as damaged, if it has not
// changed by then; 0 if it does.
func (e *InvalidError) DamagedIn(now time.Time, after time.Duration) time.Duration {
	if !e.Torn || e.Foreign {
		return 0
	}
	age := max(0, now.Sub(e.Since)) // the clock may have been set back
	return max(0, after-age)
}
