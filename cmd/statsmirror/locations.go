package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
)

// location is where runs are that belong together: a catalog and its backups.
type location struct {
	dir      string // below the backups, "" for the backups themselves
	archives []namedArchive
	away     []error // of places of any location, in the first one
}

// recursion is the flag of commands that can read many locations.
type recursion bool

func (r *recursion) register(set *pflag.FlagSet) {
	set.BoolVar((*bool)(r), "recursive", false, "read every location in the backups and below, those of all hosts say; of a backup with {host} in it, below what stands before that")
}

// open opens what a reading command reads: one location, or all that are in the
// backups and below.
func (r recursion) open(ctx context.Context, f *flags) ([]location, error) {
	if !r {
		archives, err := f.openArchives()
		return []location{{archives: archives}}, err
	}
	config, err := f.Load()
	if err != nil {
		return nil, err
	}
	if len(config.Backups) == 0 {
		return nil, usage.Errorf("--recursive reads backups: give --backup")
	}
	places, err := config.OpenAboveHosts()
	if err != nil {
		return nil, err
	}
	found, away := archive.Find(ctx, places)
	if len(found) == 0 && len(away) > 0 {
		return nil, errors.Join(away...)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("nothing that statsmirror has written is in %s or below", strings.Join(names(places), ", "))
	}
	var all []location
	for _, l := range found {
		here := location{dir: l.Dir}
		for i, a := range l.Archives {
			here.archives = append(here.archives, namedArchive{Archive: a, name: places[i].String()})
		}
		all = append(all, here)
	}
	all[0].away = away
	return all, nil
}

func names(places []backup.Reader) []string {
	var all []string
	for _, place := range places {
		all = append(all, place.String())
	}
	return all
}

// listOnce has each archive list what it holds once, for all that is read from it, and
// leaves those out that do not answer. The errors are theirs.
func (l *location) listOnce(ctx context.Context) (failures []error) {
	var answer []namedArchive
	for _, a := range l.archives {
		listed, err := a.Listed(ctx)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", a.name, err))
			continue
		}
		a.Archive = listed
		answer = append(answer, a)
	}
	l.archives = answer
	return failures
}

// list asks each archive for its runs, and returns those of all, in order. The
// errors are of archives that do not answer.
func (l *location) list(ctx context.Context) (runs []string, failures []error) {
	all := map[string]bool{}
	for i := range l.archives {
		a := &l.archives[i]
		has, err := a.Runs(ctx)
		if a.unreachable = err != nil; a.unreachable {
			failures = append(failures, fmt.Errorf("%s: %w", a.name, err))
		}
		for _, run := range has {
			all[run] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), failures
}

// askSources asks the catalogs among the archives which runs are gone, and which stats
// files could not be used. A catalog that does not answer knows of none.
func askSources(ctx context.Context, archives []namedArchive) {
	for i := range archives {
		if a := &archives[i]; a.catalog { // anyone may write an index into a backup
			a.gone, _ = mirror.Missing(ctx, a.Place())
			a.unusable, _ = mirror.Unusable(ctx, a.Place())
		}
	}
}

// withUnusable adds the runs that have no snapshot, only stats files that cannot be used.
func (l *location) withUnusable(runs []string) []string {
	for _, a := range l.archives {
		runs = slices.AppendSeq(runs, maps.Keys(a.unusable))
	}
	slices.Sort(runs)
	return slices.Compact(runs)
}

// located is a run in a location.
type located struct {
	*location
	run string
}

// path returns what to call something of a location.
func (l *location) path(name string) string {
	if l.dir == "" {
		return name
	}
	return l.dir + "/" + name
}

// find returns the runs that are named, wherever they are, or all if none is. Archives
// that do not answer are left out of the locations. The errors in away say which, once
// each; if none answers, that is an error.
func find(ctx context.Context, locations []location, names []string) (all []located, away []error, err error) {
	missing := slices.Clone(names)
	for i := range locations {
		l := &locations[i]
		away = append(append(away, l.away...), l.listOnce(ctx)...)
		runs, failures := l.list(ctx)
		away = append(away, failures...)
		l.archives = slices.DeleteFunc(l.archives, func(a namedArchive) bool { return a.unreachable })
		for _, run := range runs {
			if len(names) == 0 || slices.Contains(names, run) {
				all = append(all, located{l, run})
			}
			missing = slices.DeleteFunc(missing, func(name string) bool { return name == run })
		}
	}
	away = once(away)
	switch archives := archivesOf(locations); {
	case ctx.Err() != nil:
		err = interrupted(ctx, 0, len(names))
	case len(archives) == 0:
		err = errors.Join(away...)
	case len(missing) > 0:
		err = errors.Join(append(away, notThere(ctx, missing[0], 0, archives))...)
	}
	return all, away, err
}

// once leaves out errors that say the same.
func once(all []error) []error {
	var different []error
	for _, err := range all {
		if !slices.ContainsFunc(different, func(said error) bool { return said.Error() == err.Error() }) {
			different = append(different, err)
		}
	}
	return different
}

func archivesOf(locations []location) []namedArchive {
	var all []namedArchive
	for _, l := range locations {
		all = append(all, l.archives...)
	}
	return all
}
