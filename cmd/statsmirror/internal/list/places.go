package list

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/catalog"
)

// Places are the locations to list.
type Places struct {
	Locations []archive.Location
	Away      []error  // why some places, or directories in them, could not be searched for locations
	Catalog   *Catalog // of this host; nil for none
}

// Catalog is the catalog of this host. It also knows the state of stats files.
type Catalog struct {
	*archive.Archive
	DamagedAfter time.Duration // how long a file that ends in the middle counts as unfinished
}

// Unusable returns the unusable stats files of a run; none if c is nil.
func (c *Catalog) Unusable(ctx context.Context, run string) []Unusable {
	return c.sources(ctx).unusable[run]
}

// sources is the catalog's knowledge of stats files.
type sources struct {
	gone     map[string]time.Time  // missing runs, and since when
	unusable map[string][]Unusable // files that could not be used
}

// sources reads the index. A catalog that does not answer knows no file.
func (c *Catalog) sources(ctx context.Context) (known sources) {
	if c == nil {
		return known
	}
	known.gone, _ = catalog.Missing(ctx, c.Place())
	all, _ := catalog.Unusable(ctx, c.Place())
	known.unusable = map[string][]Unusable{}
	for run, invalid := range all {
		known.unusable[run] = unusableOf(invalid, c.DamagedAfter)
	}
	return known
}

// Read describes each wanted run by the first archive that has it, and compares the other archives
// with that. Copies in archives that do not answer count as unreachable; the errors in away say
// why. If no archive answers, that is an error.
func (p Places) Read(ctx context.Context, wanted Patterns) (runs []Run, away []error, err error) {
	if runs, away, err = p.Find(ctx, wanted); err != nil {
		return nil, away, err
	}
	err = archive.Each(ctx, len(runs), func(int, int) {}, func(i int) { p.Describe(ctx, &runs[i]) })
	return runs, away, err
}

// Find is Read without describing the runs. It reads no snapshot, unless the name of a file does not
// contain the name of the run.
func (p Places) Find(ctx context.Context, wanted Patterns) (runs []Run, away []error, err error) {
	away = p.Away
	answer := false
	known := p.Catalog.sources(ctx)
	for _, l := range p.Locations {
		listing := l.List(ctx)
		away = slices.Concat(away, listing.Away)
		answer = answer || len(listing.Away) < len(l.Archives)
		names := slices.Concat(listing.Runs, slices.Collect(maps.Keys(known.unusable))) // some have no snapshot
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if wanted.match(name) {
				runs = append(runs, Run{
					Generation: Generation{Run: name}, Location: l.Dir, Listing: listing,
					Unusable: known.unusable[name], missing: known.gone[name],
				})
			}
		}
	}
	away = archive.Distinct(away)
	if !answer {
		return nil, away, errors.Join(away...)
	}
	return runs, away, nil
}

// Names returns the names of the archives, without duplicates.
func (p Places) Names() []string { return names(archive.All(p.Locations)) }

func names(archives []*archive.Archive) []string {
	var all []string
	for _, a := range archives {
		if !slices.Contains(all, a.Name()) {
			all = append(all, a.Name())
		}
	}
	return all
}
