package main

import (
	"errors"
	"fmt"
	"slices"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/report"
)

// named are the criteria of a run; the zero value if it has no scores.
type named struct {
	run   string
	names criteria.List
	wrong error // they do not fit the user's names
}

// commonNames returns the criteria that the runs have in common, because a page has one table of
// criteria for all runs. If they differ, it returns a note. The error says which runs do not fit the
// user's names.
func commonNames(all []reported) (names criteria.List, note string, err error) {
	const shown = 3
	var first, other string
	var wrong []error
	for _, r := range all {
		switch is := r.named; {
		case is.run == "":
		case is.wrong != nil:
			wrong = append(wrong, is.wrong)
		case first == "":
			first, names = is.run, is.names
		case other == "" && !slices.Equal(names, is.names):
			other = is.run
		}
	}
	switch {
	case len(wrong) > shown:
		return nil, "", fmt.Errorf("%w\nand %d more runs", errors.Join(wrong[:shown]...), len(wrong)-shown)
	case len(wrong) > 0:
		return nil, "", errors.Join(wrong...)
	case other != "":
		return nil, fmt.Sprintf("criteria are numbers on the page, because %s and %s have other ones; make a page for each kind of run", term.Printable(first), term.Printable(other)), nil
	}
	return names, "", nil
}

// pageCriteria returns criteria in the form of a page.
func pageCriteria(names criteria.List) map[int]report.Criterion {
	all := map[int]report.Criterion{}
	for i, c := range names {
		all[i] = report.Criterion{Label: c.Name, Best: c.Best}
	}
	return all
}
