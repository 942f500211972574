package page

import (
	"errors"
	"fmt"
	"slices"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/mirror/report"
	"statsmirror/store"
)

// named are the criteria of a run; the zero value if it has no scores.
type named struct {
	names criteria.List
	wrong error // they do not fit the user's names
}

// nameCriteria gives the runs of a page their criteria. The error says which of them do not fit the
// user's names.
func nameCriteria(page *report.Page, all []reported) error {
	const shown = 3
	var lists []criteria.List
	var wrong []error
	for i, r := range all {
		if r.named.wrong != nil {
			wrong = append(wrong, r.named.wrong)
		}
		if len(r.named.names) == 0 {
			continue
		}
		at := slices.IndexFunc(lists, func(l criteria.List) bool { return slices.Equal(l, r.named.names) })
		if at < 0 {
			at = len(lists)
			lists = append(lists, r.named.names)
			page.Criteria = append(page.Criteria, pageCriteria(r.named.names))
		}
		page.Runs[i].Criteria = at + 1
	}
	if len(wrong) > shown {
		return fmt.Errorf("%w\nand %s", errors.Join(wrong[:shown]...), store.Count(len(wrong)-shown, "more run", "more runs"))
	}
	return errors.Join(wrong...)
}

// pageCriteria returns criteria in the form of a page.
func pageCriteria(names criteria.List) []report.Criterion {
	var all []report.Criterion
	for _, c := range names {
		all = append(all, report.Criterion{Label: c.Name, Best: c.Best})
	}
	return all
}
