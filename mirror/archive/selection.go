package archive

import (
	"context"
	"slices"
)

// Run is a run in a location.
type Run struct {
	Location
	Name string
}

// Selection is the result of Select.
type Selection struct {
	Runs      []Run
	Locations []Location // with the archives that answered, each listed once
	Missing   []string   // names that no archive has
	Away      []error    // why some archives did not answer
}

// Select finds the named runs in some locations, or every run if names is empty.
func Select(ctx context.Context, locations []Location, names []string) Selection {
	s := Selection{Missing: slices.Clone(names)}
	for _, l := range locations {
		listed, away := l.Listed(ctx)
		listing := listed.List(ctx)
		here := listing.Answering()
		s.Locations = append(s.Locations, here)
		s.Away = slices.Concat(s.Away, away, listing.Away)
		for _, run := range listing.Runs {
			if len(names) == 0 || slices.Contains(names, run) {
				s.Runs = append(s.Runs, Run{here, run})
			}
			s.Missing = slices.DeleteFunc(s.Missing, func(name string) bool { return name == run })
		}
	}
	return s
}

// All returns the archives of all locations.
func All(locations []Location) []*Archive {
	var all []*Archive
	for _, l := range locations {
		all = append(all, l.Archives...)
	}
	return all
}

// Distinct drops errors with the same text: a place that does not answer fails in each location.
func Distinct(all []error) []error {
	var distinct []error
	for _, err := range all {
		if !slices.ContainsFunc(distinct, func(said error) bool { return said.Error() == err.Error() }) {
			distinct = append(distinct, err)
		}
	}
	return distinct
}
