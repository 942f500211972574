package criteria

import (
	"fmt"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/store"
)

// Naming knows where the names of a run's criteria come from. The zero Naming names nothing.
type Naming struct {
	Given List // by the user, for every run
}

// Of returns the criteria of a run. The error says that the user's names do not fit its scores.
func (n Naming) Of(run string, s store.ValidationScores) (List, error) {
	if n.Given == nil {
		return nil, nil
	}
	if err := n.Given.check(s); err != nil {
		return nil, fmt.Errorf("criteria of run %s: %w", term.Printable(run), err)
	}
	return n.Given, nil
}
