package list

import (
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
)

// problem says why a stats file or a copy of a run cannot be used.
type problem struct {
	text  string // one line
	style term.Style
}

// problems lists the problems of a run. Copies in places that do not answer are not among them,
// because each run has such a copy.
func (r Run) problems() []problem {
	var all []problem
	for _, u := range r.Unusable {
		all = append(all, problem{u.brief(), u.Style()})
	}
	for _, c := range r.Backups {
		if c.Reason != "" {
			all = append(all, problem{term.Printable(c.Backup) + ": " + term.OneLine(c.Reason), term.Red})
		}
	}
	return all
}

// nowhere reports whether a run has no snapshot at all, because its stats files were never usable.
func (r Run) nowhere() bool {
	for _, c := range r.Backups {
		if c.State != archive.Missing {
			return false
		}
	}
	return len(r.Unusable) > 0
}
