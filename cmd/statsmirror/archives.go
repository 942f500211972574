package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
)

// namedArchive is a catalog or a backup, opened for reading.
type namedArchive struct {
	*archive.Archive
	name string // "catalog", or the backup's location

	catalog      bool
	unreachable  bool
	gone         map[string]time.Time              // runs whose files are away, and since when
	unusable     map[string][]*mirror.InvalidError // stats files that could not be used
	damagedAfter time.Duration                     // how long one that ends in the middle counts as unfinished
}

// openArchives opens what a reading command reads: the catalog, if there is
// one on this host, then the backups.
func (f *flags) openArchives() ([]namedArchive, error) {
	config, err := f.Load()
	if err != nil {
		return nil, err
	}
	backups, err := config.OpenBackups()
	if err != nil {
		return nil, err
	}
	var all []namedArchive
	if config.State != "" || config.Stats != "" || len(backups) == 0 {
		state, err := config.StateDir()
		if err != nil && config.State == "" && config.Stats == "" {
			return nil, usage.Errorf("say what to read: --backup, or on the training host --stats or --state")
		}
		if err != nil {
			return nil, err
		}
		_, err = os.Stat(state)
		if err == nil {
			all = append(all, namedArchive{Archive: archive.New(dir.New(state)), name: "catalog", catalog: true, damagedAfter: time.Duration(config.DamagedAfter)})
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open catalog: %w", err)
		} else if len(backups) == 0 {
			return nil, fmt.Errorf("no catalog %s; give --backup, or --state as the service has it; \"statsmirror sync\" makes one", term.Printable(state))
		}
	}
	for _, b := range backups {
		all = append(all, namedArchive{Archive: archive.New(b), name: b.String()})
	}
	return all, nil
}

// loadRun reads a generation of a run (0 is the current) from the first
// archive that has it whole.
func loadRun(ctx context.Context, archives []namedArchive, run string, generation int64) (*snapshot.Snapshot, error) {
	s, failures := first(archives, func(a namedArchive) (*snapshot.Snapshot, error) { return a.load(ctx, run, generation) })
	if failures == nil {
		return s, nil
	}
	err := errors.Join(slices.DeleteFunc(slices.Clone(failures), isNotExist)...)
	if archive.IsDamaged(err) {
		return nil, damagedErrorf("read run %s: %w; name another place that has it, --backup or --stats; \"statsmirror verify\" says what else is damaged", term.Printable(run), err)
	}
	if err == nil {
		return nil, notThere(ctx, run, generation, archives)
	}
	return nil, fmt.Errorf("read run %s: %w", term.Printable(run), err)
}

// load reads a generation of a run, which must be what its name says.
func (a namedArchive) load(ctx context.Context, run string, generation int64) (*snapshot.Snapshot, error) {
	s, err := a.Load(ctx, run, generation)
	if err == nil && s.Run != run { // what is restored would go to the files of that one
		err = &snapshot.DamagedError{Err: fmt.Errorf("it is a snapshot of the run %q", s.Run)}
	}
	return s, err
}

// first returns what load returns for the first archive for which it works, or else
// why it did not for each.
func first[T any](archives []namedArchive, load func(namedArchive) (T, error)) (loaded T, failures []error) {
	for _, a := range archives {
		loaded, err := load(a)
		if err == nil {
			return loaded, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", a.name, err))
	}
	return loaded, failures
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// notThere says that each archive was asked and none has it.
func notThere(ctx context.Context, run string, generation int64, archives []namedArchive) error {
	var names []string
	for _, a := range archives {
		if !slices.Contains(names, a.name) {
			names = append(names, a.name)
		}
	}
	l := location{archives: slices.Clone(archives)}
	runs, _ := l.list(ctx)
	if generation != 0 && slices.Contains(runs, run) {
		return fmt.Errorf("run %s has no generation %d in %s; \"statsmirror history\" lists them", term.Printable(run), generation, strings.Join(names, ", "))
	}
	return missingRun(run, strings.Join(names, ", "), runs)
}
