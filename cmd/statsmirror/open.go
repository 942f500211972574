package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
)

// opened is the location that a command reads.
type opened struct {
	archive.Location
	catalog *list.Catalog // among its archives; nil if there is none
}

// open opens the location that a command reads: the catalog, if this host has one, then the
// backups. A stats tree without a catalog of its own has that of the service which watches it.
func (f *flags) open() (here opened, err error) {
	config, err := f.Load()
	if err != nil {
		return here, err
	}
	backups, err := config.OpenBackups()
	if err != nil {
		return here, err
	}
	if config.State != "" || config.Stats != "" || len(backups) == 0 {
		state, err := config.StateDir()
		if err != nil && config.State == "" && config.Stats == "" {
			return here, usage.Errorf("choose what to read: --backup, or on the training host --stats or --state")
		}
		if err != nil {
			return here, err
		}
		_, err = os.Stat(state)
		if errors.Is(err, fs.ErrNotExist) {
			state = cmp.Or(f.ServiceState(config), state)
			_, err = os.Stat(state)
		}
		if err == nil {
			here.catalog = &list.Catalog{Archive: archive.Named("catalog", dir.New(state)), DamagedAfter: time.Duration(config.DamagedAfter)}
			here.Archives = append(here.Archives, here.catalog.Archive)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return here, fmt.Errorf("open catalog: %w", err)
		} else if len(backups) == 0 {
			return here, fmt.Errorf("no catalog %s; give --backup, or the --state or --config of the service; if no service watches this stats tree, \"statsmirror sync\" creates a catalog", term.Printable(state))
		}
	}
	for _, b := range backups {
		here.Archives = append(here.Archives, archive.New(b))
	}
	return here, nil
}

// recursion is the flag of commands that can read many locations.
type recursion bool

func (r *recursion) register(set *pflag.FlagSet) {
	set.BoolVar((*bool)(r), "recursive", false, "read every location in and below the backups, such as those of all hosts; for a backup with {host}, below the part before {host}")
}

// open opens the location that a command reads, or all locations in and below the backups.
func (r recursion) open(ctx context.Context, f *flags) (list.Places, error) {
	if !r {
		here, err := f.open()
		return list.Places{Locations: []archive.Location{here.Location}, Catalog: here.catalog}, err
	}
	places, err := f.openAboveHosts()
	if err != nil {
		return list.Places{}, err
	}
	found, away := archive.Find(ctx, places)
	if len(found) == 0 && len(away) > 0 {
		return list.Places{}, errors.Join(away...)
	}
	if len(found) == 0 {
		return list.Places{}, fmt.Errorf("neither a catalog nor a backup is in %s or below", strings.Join(locations(places), ", "))
	}
	return list.Places{Locations: found, Away: away}, nil
}

// openToWatch is open for a command that reads again and again. Each call of now lists the places once,
// for all reads of its result.
func (r recursion) openToWatch(f *flags) (now func(context.Context) list.Places, err error) {
	if r {
		places, err := f.openAboveHosts()
		return func(ctx context.Context) list.Places {
			found, away := archive.Find(ctx, places)
			return list.Places{Locations: found, Away: away}
		}, err
	}
	here, err := f.open()
	return func(ctx context.Context) list.Places {
		listed := here.Now(ctx)
		places := list.Places{Locations: []archive.Location{listed}}
		if here.catalog != nil { // it is the first archive
			places.Catalog = &list.Catalog{Archive: listed.Archives[0], DamagedAfter: here.catalog.DamagedAfter}
		}
		return places
	}, err
}

// openAboveHosts opens the places that hold the backups of every host.
func (f *flags) openAboveHosts() ([]backup.Reader, error) {
	config, err := f.Load()
	if err != nil {
		return nil, err
	}
	if len(config.Backups) == 0 {
		return nil, usage.Errorf("--recursive reads backups: give --backup")
	}
	return config.OpenAboveHosts()
}

func locations(places []backup.Reader) []string {
	var all []string
	for _, place := range places {
		all = append(all, place.String())
	}
	return all
}

// selectRuns returns the named runs, wherever they are, or all runs if names is empty. Archives
// that do not answer are skipped; Away names each once. If no archive answers, that is an error.
func selectRuns(ctx context.Context, places list.Places, names []string) (archive.Selection, error) {
	s := archive.Select(ctx, places.Locations, names)
	s.Away = archive.Distinct(slices.Concat(places.Away, s.Away))
	switch answering := archive.All(s.Locations); {
	case ctx.Err() != nil:
		return s, archive.Interrupted(ctx, 0, len(names))
	case len(answering) == 0:
		return s, errors.Join(s.Away...)
	case len(s.Missing) > 0:
		return s, errors.Join(append(s.Away, list.NotThere(ctx, s.Missing[0], 0, answering))...)
	}
	return s, nil
}

// loadRun reads a generation of a run (0: the current one) from the first archive that has it
// whole.
func loadRun(ctx context.Context, l archive.Location, run string, generation int64) (*snapshot.Snapshot, error) {
	s, err := l.Load(ctx, run, generation)
	switch {
	case err == nil:
		return s, nil
	case archive.IsDamaged(err):
		return nil, exit.Damagedf("read run %s: %w; name another place that has it, with --backup or --stats; \"statsmirror verify\" lists all damage", term.Printable(run), err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, list.NotThere(ctx, run, generation, l.Archives)
	}
	return nil, fmt.Errorf("read run %s: %w", term.Printable(run), err)
}
