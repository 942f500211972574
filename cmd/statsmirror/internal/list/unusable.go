package list

import (
	"fmt"
	"slices"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/catalog"
	"statsmirror/store"
)

// Unusable is a stats file that could not be used when the service last read it.
type Unusable struct {
	Kind   string              `json:"kind"`
	Path   string              `json:"path"`  // in the stats tree
	State  catalog.SourceState `json:"state"` // unfinished, damaged or "not a pickle"
	Reason string              `json:"reason"`
	Rows   int                 `json:"rows"` // that can be saved
	Hint   string              `json:"hint,omitempty"`
}

// unusableOf describes stats files that cannot be used. A file that ends in the middle counts as
// damaged once it has not changed for the duration after.
func unusableOf(invalid []*catalog.InvalidError, after time.Duration) []Unusable {
	var all []Unusable
	for _, e := range invalid {
		u := Unusable{Kind: string(e.Kind), Path: e.Path, State: e.State(after), Reason: e.Reason, Rows: e.Rows}
		if u.State != catalog.SourceUnfinished {
			u.Hint = e.Hint
		}
		all = append(all, u)
	}
	return all
}

// String describes the file in one line, for a person.
func (u Unusable) String() string {
	text := fmt.Sprintf("%s is %s: %s (%s can be saved)", term.Printable(u.Path), u.State, term.OneLine(u.Reason), store.Count(u.Rows, "row", "rows"))
	if u.State == catalog.SourceForeign {
		text = fmt.Sprintf("%s is %s", term.Printable(u.Path), term.Printable(u.Reason)) // not a pickle but ...
	}
	if u.Hint != "" {
		text += "; " + term.Printable(u.Hint)
	}
	return text
}

// brief describes the file below the row of its run.
func (u Unusable) brief() string {
	if u.State == catalog.SourceForeign {
		return u.Kind + ": " + term.OneLine(u.Reason)
	}
	return fmt.Sprintf("%s %s: %s (%s can be saved)", u.Kind, u.State, term.OneLine(u.Reason), store.Count(u.Rows, "row", "rows"))
}

// Worst returns the state that needs a person most; "" if every file is usable.
func Worst(all []Unusable) catalog.SourceState {
	for _, state := range []catalog.SourceState{catalog.SourceDamaged, catalog.SourceUnfinished, catalog.SourceForeign} {
		if slices.ContainsFunc(all, func(u Unusable) bool { return u.State == state }) {
			return state
		}
	}
	return ""
}

// Style returns the style of the file in a table.
func (u Unusable) Style() term.Style { return styleOf(u.State) }

func styleOf(state catalog.SourceState) term.Style {
	if state == catalog.SourceDamaged {
		return term.Red
	}
	return term.Yellow
}
