package list

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
)

// Patterns choose the runs that match one of them; no pattern chooses every run. A run's own name
// matches the run, even if it has special characters.
type Patterns []string

// NewPatterns returns the given patterns. Its errors are usage errors.
func NewPatterns(given []string) (Patterns, error) {
	for _, pattern := range given {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, usage.Errorf("%q is not a pattern: %w; a [ ends with a ], and \\[ is the character itself", pattern, err)
		}
	}
	return given, nil
}

func (p Patterns) match(run string) bool {
	return len(p) == 0 || slices.ContainsFunc(p, func(pattern string) bool { return matchesRun(pattern, run) })
}

func matchesRun(pattern, run string) bool {
	matched, err := path.Match(pattern, run)
	return pattern == run || matched && err == nil
}

// Unmatched returns an error for the patterns that no run matches.
func (p Patterns) Unmatched(ctx context.Context, runs []Run, archives []*archive.Archive) error {
	var failures []error
	for _, pattern := range p {
		matched := slices.ContainsFunc(runs, func(r Run) bool { return matchesRun(pattern, r.Run) })
		switch {
		case matched:
		case strings.ContainsAny(pattern, `*?[\`):
			failures = append(failures, fmt.Errorf("no run matches %s", term.Printable(pattern)))
		default:
			failures = append(failures, NotThere(ctx, pattern, 0, archives))
		}
	}
	return errors.Join(failures...)
}

// NotThere returns an error for a run that no archive has, with names that may be meant. Or no
// archive has the generation of the run; then the error says that.
func NotThere(ctx context.Context, run string, generation int64, archives []*archive.Archive) error {
	where := strings.Join(names(archives), ", ")
	runs := archive.Location{Archives: archives}.List(ctx).Runs
	if generation != 0 && slices.Contains(runs, run) {
		return fmt.Errorf("run %s has no generation %d in %s; \"statsmirror history\" lists them", term.Printable(run), generation, where)
	}
	meant := strings.TrimSuffix(usage.Nearest(run, runs), "?")
	return fmt.Errorf("no run %s in %s%s; \"statsmirror ls\" lists them", term.Printable(run), where, meant)
}
