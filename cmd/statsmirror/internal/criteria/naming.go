package criteria

import (
	"fmt"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/store"
)

// Naming knows where the names of a run's criteria come from. The zero Naming names nothing.
type Naming struct {
	Given   List   // by the user, for every run; nil for none
	Configs string // DaCapo's directory configs, read if nothing is given; "" for none
}

// Of returns the criteria of a run. The error says that the user's names do not fit its scores.
// Names of DaCapo's configuration that do not fit name nothing.
func (n Naming) Of(run string, s store.ValidationScores) (List, error) {
	if n.Given == nil {
		return n.configured(run, s), nil
	}
	if err := n.Given.check(s); err != nil {
		return nil, fmt.Errorf("criteria of run %s: %w", term.Printable(run), err)
	}
	return n.Given, nil
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
