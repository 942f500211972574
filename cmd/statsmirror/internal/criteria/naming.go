package criteria

import (
	"fmt"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/store"
)

// Naming knows where the names of a run's criteria come from. The zero Naming names nothing.
type Naming struct {
	Given   List   // by the user of a command, for every run of it; nil for none
	Usual   List   // in the configuration, for the runs that have so many criteria; nil for none
	Configs string // DaCapo's directory configs, read if no other names fit; "" for none
}

// Of returns the criteria of a run. The error says that the names given do not fit its scores. Names
// in a configuration that do not fit name nothing, because it is for all runs, also of other tasks.
func (n Naming) Of(run string, s store.ValidationScores) (List, error) {
	switch {
	case n.Given == nil && n.Usual != nil && n.Usual.check(s) == nil:
		return n.Usual, nil
	case n.Given == nil:
		return n.configured(run, s), nil
	}
	if err := n.Given.check(s); err != nil {
		return nil, fmt.Errorf("criteria of run %s: %w", term.Printable(run), err)
	}
	return n.Given, nil
}

// Remark says that the names in the configuration do not fit the scores of a run, and that no others
// do; "" otherwise.
func (n Naming) Remark(run string, s store.ValidationScores) string {
	names, err := n.Of(run, s)
	if wrong := n.Usual.check(s); n.Usual != nil && names == nil && err == nil && wrong != nil {
		return fmt.Sprintf("criteria in the configuration do not fit run %s: %v", term.Printable(run), wrong)
	}
	return ""
}

func (n Naming) configured(run string, s store.ValidationScores) List {
	if n.Configs == "" || s.Len() == 0 {
		return nil
	}
	size := count(s)
	for _, l := range readTask(n.Configs, run).criteria() {
		if len(l) == size {
			return l
		}
	}
	return nil
}
