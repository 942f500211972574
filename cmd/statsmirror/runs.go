package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
)

// runJSON is one line of the list of runs.
type runJSON struct {
	Location string `json:"location,omitempty"` // below the backup
	generationJSON
	GoneSince string         `json:"gone_since,omitempty"` // when its files were found to be away
	Unusable  []unusableJSON `json:"unusable,omitempty"`   // its stats files that could not be used
	Backups   []copyJSON     `json:"backups"`

	gone time.Time // GoneSince
}

// States of a copy.
const (
	stateCurrent     = "current"
	stateBehind      = "behind"
	stateMissing     = "missing"
	stateDamaged     = "damaged"
	stateUnreachable = "unreachable"
	stateUnreadable  = "unreadable" // permission is denied
)

// copyJSON says how one archive's copy of a run is.
type copyJSON struct {
	Backup string `json:"backup"`
	State  string `json:"state"`
}

// listRuns describes each run that is wanted as the first archive that has it does,
// and compares the other archives with that. The copies in archives that do not answer
// count as unreachable, and the errors in away say why. If none answers, that is an error.
func listRuns(ctx context.Context, locations []location, wanted patterns) (list []runJSON, away []error, err error) {
	var all []located
	answer := false
	for i := range locations {
		l := &locations[i]
		runs, failures := l.list(ctx)
		away = append(append(away, l.away...), failures...)
		answer = answer || len(failures) < len(l.archives)
		askSources(ctx, l.archives)
		for _, run := range l.withUnusable(runs) {
			if wanted.match(run) {
				all = append(all, located{l, run})
			}
		}
	}
	away = once(away)
	if !answer {
		return nil, away, errors.Join(away...)
	}
	list = make([]runJSON, len(all))
	err = each(ctx, len(all), func(int, int) {}, func(i int) { list[i] = all[i].describe(ctx) })
	return list, away, err
}

// unread returns an error if copies of any run may not be read.
func unread(runs []runJSON) error {
	n := 0
	for _, r := range runs {
		if slices.ContainsFunc(r.Backups, func(c copyJSON) bool { return c.State == stateUnreadable }) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("the snapshots of %s may not be read: %w", countRuns(n), fs.ErrPermission)
}

func (l located) describe(ctx context.Context) runJSON {
	line := runJSON{Location: l.dir}
	line.Run = l.run
	line.Unusable = unusableIn(l.archives, l.run)
	for _, a := range l.archives {
		state := stateUnreachable
		if !a.unreachable {
			state = line.compare(ctx, a)
		}
		line.Backups = append(line.Backups, copyJSON{a.name, state})
	}
	return line
}

// compare returns how an archive's copy is, compared with the one that the line
// describes. The first describes it.
func (line *runJSON) compare(ctx context.Context, a namedArchive) (state string) {
	meta, err := a.Meta(ctx, line.Run, 0)
	switch {
	case archive.IsDamaged(err):
		return stateDamaged
	case errors.Is(err, fs.ErrNotExist):
		return stateMissing
	case errors.Is(err, fs.ErrPermission):
		return stateUnreadable
	case err != nil:
		return stateUnreachable
	case line.SHA256 == "":
		line.generationJSON = generationOf(meta, true)
		if since, gone := a.gone[line.Run]; gone {
			line.gone, line.GoneSince = since, timestamp(since.UnixNano())
		}
	case meta.Generation != line.Generation || meta.ContentSHA256 != line.SHA256:
		return stateBehind
	}
	return stateCurrent
}

// patterns choose runs: those that match one of them, all if there are none. A run is
// matched by its own name, whatever is special in it.
type patterns []string

func newPatterns(given []string) (patterns, error) {
	for _, pattern := range given {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, usage.Errorf("%q is no pattern: %w; a [ ends with a ], and \\[ is the character itself", pattern, err)
		}
	}
	return given, nil
}

func (p patterns) match(run string) bool {
	return len(p) == 0 || slices.ContainsFunc(p, func(pattern string) bool { return matchesRun(pattern, run) })
}

func matchesRun(pattern, run string) bool {
	matched, err := path.Match(pattern, run)
	return pattern == run || matched && err == nil
}

// unmatched returns an error for the patterns that no run matches.
func (p patterns) unmatched(ctx context.Context, runs []runJSON, archives []namedArchive) error {
	var failures []error
	for _, pattern := range p {
		matched := slices.ContainsFunc(runs, func(r runJSON) bool { return matchesRun(pattern, r.Run) })
		switch {
		case matched:
		case strings.ContainsAny(pattern, `*?[\`):
			failures = append(failures, fmt.Errorf("no run matches %s", term.Printable(pattern)))
		default:
			failures = append(failures, notThere(ctx, pattern, 0, archives))
		}
	}
	return errors.Join(failures...)
}
