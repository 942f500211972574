package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/cmd/statsmirror/internal/list"
	"statsmirror/cmd/statsmirror/internal/plot"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// load reads the chosen runs, several at a time. The failures concern generations that could not be
// read. If a run given by its name does not exist, that is an error.
func (o *plotOptions) load(cmd *cobra.Command, chosen []archive.Run, wanted list.Patterns) (curves []plot.Curve, failures []error, err error) {
	ctx := cmd.Context()
	runs := make([]plotted, len(chosen))
	each := func(progress func(done, total int), do func(r *plotted)) error {
		return archive.Each(ctx, len(runs), progress, func(i int) { do(&runs[i]) })
	}
	for i, run := range chosen {
		runs[i] = plotted{Run: run, named: wanted.Names(run.Name), label: term.Printable(run.Name)}
		if o.recursive { // a run of another host may have the same name
			runs[i].label = term.Printable(run.Path(run.Name))
		}
	}
	if err := each(func(int, int) {}, func(r *plotted) { r.find(ctx, o) }); err != nil {
		return nil, nil, err
	}
	for i := range runs {
		o.Curves += len(runs[i].generations)
	}
	bar := term.NewProgress(cmd.ErrOrStderr(), store.CountRuns)
	progress := bar.At
	if o.output == "" || len(runs) == 1 {
		progress = func(int, int) {}
	}
	err = each(progress, func(r *plotted) { r.load(ctx, o) })
	bar.End()
	missing := false
	for _, r := range runs {
		curves, failures = append(curves, r.curves...), append(failures, r.failures...)
		missing = missing || r.named && errors.Is(errors.Join(r.failures...), fs.ErrNotExist)
	}
	if missing && err == nil { // a name may be mistyped
		err = exit.Worst(failures)
	}
	return curves, failures, err
}

// plotted is a run to draw.
type plotted struct {
	archive.Run
	label       string
	named       bool    // by the user, not just matched by a pattern
	generations []int64 // to draw; 0 means the current one
	curves      []plot.Curve
	failures    []error
}

// find finds the generations to draw.
func (r *plotted) find(ctx context.Context, o *plotOptions) {
	if !o.history {
		r.generations = []int64{0}
		if len(o.generations) > 0 {
			r.generations = slices.Compact(slices.Sorted(slices.Values(o.generations)))
		}
		return
	}
	metas, err := r.History(ctx, r.Name)
	if errors.Is(err, fs.ErrNotExist) {
		r.failures = append(r.failures, list.NotThere(ctx, r.Name, 0, r.Archives))
	} else if err != nil {
		r.failures = append(r.failures, fmt.Errorf("list generations of %s: %w", r.label, err))
	}
	for _, m := range metas {
		r.generations = append(r.generations, m.Generation)
	}
}

// load makes the curves. It keeps the rows of two generations at a time.
func (r *plotted) load(ctx context.Context, o *plotOptions) {
	var before *snapshot.Snapshot
	for i, g := range r.generations {
		s, err := loadRun(ctx, r.Location, r.Name, g)
		if err != nil {
			r.failures = append(r.failures, err)
			continue
		}
		label := r.label
		if len(r.generations) > 1 || g > 0 {
			label = fmt.Sprintf("%s, generation %d", label, s.Generation)
		}
		curve := o.Curve(label, s, before)
		curve.Named, curve.Newest = r.named, i == len(r.generations)-1
		r.curves = append(r.curves, curve)
		before = s
	}
}

// choose returns the runs that match, and why archives that may have more of them did not answer. It
// asks for no list if each run is given by its name.
func (o *plotOptions) choose(ctx context.Context, f *flags, wanted list.Patterns) (runs []archive.Run, away []error, err error) {
	places, err := o.recursive.open(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	if !bool(o.recursive) && !slices.ContainsFunc(wanted, list.IsPattern) {
		for i, name := range wanted {
			if !slices.Contains(wanted[:i], name) {
				runs = append(runs, archive.Run{Location: places.Locations[0], Name: name})
			}
		}
		return runs, nil, nil
	}
	found, away, err := places.Find(ctx, wanted)
	if err != nil {
		return nil, nil, err
	}
	if err := wanted.Unmatched(ctx, found, archive.All(places.Locations)); err != nil {
		return nil, nil, exit.Worst(append(away, err))
	}
	wanted.Sort(found)
	for _, r := range found {
		if _, has := slices.BinarySearch(r.Listing.Runs, r.Run); has { // else it is a stats file without a snapshot
			runs = append(runs, archive.Run{Location: r.Listing.Answering(), Name: r.Run})
		}
	}
	return runs, away, nil
}
