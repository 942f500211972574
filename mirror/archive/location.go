package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"statsmirror/mirror/snapshot"
)

// Location is a catalog and its backups, or some of them: archives that hold copies of the same
// runs.
type Location struct {
	Dir      string // relative to the places that were searched; "" for the places themselves
	Archives []*Archive
}

// Path returns the name in messages of a file of the location.
func (l Location) Path(name string) string {
	if l.Dir == "" {
		return name
	}
	return l.Dir + "/" + name
}

// First returns the result of read for the first archive for which it works. If it works for none,
// the error has a reason for each archive that has the file. It matches fs.ErrNotExist if no
// archive has it.
func First[T any](l Location, read func(*Archive) (T, error)) (T, error) {
	var failures []error
	for _, a := range l.Archives {
		is, err := read(a)
		switch {
		case err == nil:
			return is, nil
		case !errors.Is(err, fs.ErrNotExist):
			failures = append(failures, a.failure(err))
		}
	}
	var none T
	if len(failures) == 0 {
		return none, fs.ErrNotExist
	}
	return none, errors.Join(failures...)
}

// failure adds the name of the archive to an error.
func (a *Archive) failure(err error) error { return fmt.Errorf("%s: %w", a.name, err) }

// Load reads a generation of a run (0: the current one) from the first archive that has it whole.
// Its errors are those of First.
func (l Location) Load(ctx context.Context, run string, generation int64) (*snapshot.Snapshot, error) {
	return First(l, func(a *Archive) (*snapshot.Snapshot, error) { return a.Load(ctx, run, generation) })
}

// Meta is Load for the footer only.
func (l Location) Meta(ctx context.Context, run string, generation int64) (snapshot.Meta, error) {
	return First(l, func(a *Archive) (snapshot.Meta, error) { return a.Meta(ctx, run, generation) })
}

// History describes the generations of a run, the current one last, from the first archive that can
// be read. Its errors are those of First.
func (l Location) History(ctx context.Context, run string) ([]snapshot.Meta, error) {
	return First(l, func(a *Archive) ([]snapshot.Meta, error) { return a.History(ctx, run) })
}

// Listed makes each archive list its files once, for all later reads. Archives that do not answer
// are dropped; away says why.
func (l Location) Listed(ctx context.Context) (listed Location, away []error) {
	listed.Dir = l.Dir
	for _, a := range l.Archives {
		once, err := a.Listed(ctx)
		if err != nil {
			away = append(away, a.failure(err))
			continue
		}
		listed.Archives = append(listed.Archives, once)
	}
	return listed, away
}

// Listing is a location with its runs, from the archives that answered.
type Listing struct {
	Location
	Runs []string // of any archive, in order
	Away []error  // why some archives did not answer

	answered map[*Archive]bool
}

// List asks each archive for its runs.
func (l Location) List(ctx context.Context) Listing {
	listing := Listing{Location: l, answered: map[*Archive]bool{}}
	runs := map[string]bool{}
	for _, a := range l.Archives {
		has, err := a.Runs(ctx)
		if err != nil {
			listing.Away = append(listing.Away, a.failure(err))
			continue
		}
		listing.answered[a] = true
		for _, run := range has {
			runs[run] = true
		}
	}
	listing.Runs = slices.Sorted(maps.Keys(runs))
	return listing
}

// Answered reports whether an archive of the location answered.
func (l Listing) Answered(a *Archive) bool { return l.answered[a] }

// Answering returns the location without the archives that did not answer.
func (l Listing) Answering() Location {
	silent := func(a *Archive) bool { return !l.answered[a] }
	return Location{l.Dir, slices.DeleteFunc(slices.Clone(l.Archives), silent)}
}
