package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/report"
	"statsmirror/mirror/snapshot"
)

// named collects the criteria of the runs of a page. A page has one table of criteria for all runs.
type named struct {
	naming criteria.Naming

	mu    sync.Mutex
	first string // a run with scores
	names criteria.List
	other string // a run with scores and other names; "" for none
	wrong []error
}

// add adds a run; one without scores adds nothing.
func (n *named) add(s *snapshot.Snapshot) {
	if s.Validation.Len() == 0 {
		return
	}
	names, err := n.naming.Of(s.Run, s.Validation)
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case err != nil:
		n.wrong = append(n.wrong, err)
	case n.first == "":
		n.first, n.names = s.Run, names
	case !slices.Equal(n.names, names):
		n.other = s.Run
	}
}

// all returns the criteria that the runs have in common. If they differ, it returns a note. The error
// says which runs do not fit the user's names.
func (n *named) all() (names criteria.List, note string, err error) {
	const shown = 3
	switch {
	case len(n.wrong) > shown:
		return nil, "", fmt.Errorf("%w\nand %d more runs", errors.Join(n.wrong[:shown]...), len(n.wrong)-shown)
	case len(n.wrong) > 0:
		return nil, "", errors.Join(n.wrong...)
	case n.other != "":
		return nil, fmt.Sprintf("criteria are numbers on the page, because %s and %s have other ones; make a page for each kind of run", term.Printable(n.first), term.Printable(n.other)), nil
	}
	return n.names, "", nil
}

// pageCriteria returns criteria in the form of a page.
func pageCriteria(names criteria.List) map[int]report.Criterion {
	all := map[int]report.Criterion{}
	for i, c := range names {
		all[i] = report.Criterion{Label: c.Name, Best: c.Best}
	}
	return all
}
