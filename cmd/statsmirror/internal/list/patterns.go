package list

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// Names reports whether a pattern is the name of the run, not just a pattern that matches it.
func (p Patterns) Names(run string) bool { return slices.Contains(p, run) }

// Sort sorts runs that match in the order of the patterns.
func (p Patterns) Sort(runs []Run) {
	place := func(r Run) int {
		return slices.IndexFunc(p, func(pattern string) bool { return matchesRun(pattern, r.Run) })
	}
	slices.SortStableFunc(runs, func(a, b Run) int { return cmp.Compare(place(a), place(b)) })
}

// Unmatched returns an error for the patterns that no run matches.
func (p Patterns) Unmatched(ctx context.Context, runs []Run, archives []*archive.Archive) error {
	var failures []error
	for _, pattern := range p {
		matched := slices.ContainsFunc(runs, func(r Run) bool { return matchesRun(pattern, r.Run) })
		switch {
		case matched:
		case IsPattern(pattern):
			failures = append(failures, noMatch(ctx, pattern, archives))
		default:
			failures = append(failures, NotThere(ctx, pattern, 0, archives))
		}
	}
	return errors.Join(failures...)
}

const special = `*?[\`

// IsPattern reports whether a pattern may match runs with a name other than the pattern.
func IsPattern(pattern string) bool { return strings.ContainsAny(pattern, special) }

// noMatch returns the error for a pattern that no run matches. It names beginnings of runs that may
// be meant.
func noMatch(ctx context.Context, pattern string, archives []*archive.Archive) error {
	begin := []rune(pattern[:strings.IndexAny(pattern, special)])
	meant := ""
	if len(begin) > 0 {
		var begins []string
		for _, run := range (archive.Location{Archives: archives}).List(ctx).Runs {
			name := []rune(run)
			begins = append(begins, string(name[:min(len(begin), len(name))])+"*")
		}
		meant = strings.TrimSuffix(usage.Nearest(string(begin)+"*", slices.Compact(begins)), "?")
	}
	return fmt.Errorf("no run matches %s in %s%s; \"statsmirror ls\" lists them", term.Printable(pattern), strings.Join(names(archives), ", "), meant)
}

// NotThere returns an error for a run that no archive has, with names that may be meant. Or no
// archive has the generation of the run; then the error says that. It matches fs.ErrNotExist.
func NotThere(ctx context.Context, run string, generation int64, archives []*archive.Archive) error {
	where := strings.Join(names(archives), ", ")
	runs := archive.Location{Archives: archives}.List(ctx).Runs
	if generation != 0 && slices.Contains(runs, run) {
		return missingf("run %s has no generation %d in %s; \"statsmirror history\" lists them", term.Printable(run), generation, where)
	}
	meant := strings.TrimSuffix(usage.Nearest(run, runs), "?")
	return missingf("no run %s in %s%s; \"statsmirror ls\" lists them", term.Printable(run), where, meant)
}

// missingError says that no archive has a run or a generation.
type missingError string

func missingf(format string, args ...any) error { return missingError(fmt.Sprintf(format, args...)) }

func (e missingError) Error() string { return string(e) }

// Is reports whether target is fs.ErrNotExist.
func (e missingError) Is(target error) bool { return target == fs.ErrNotExist }
