package replica

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// prunable lists the backup's copies of a run whose generations retention has removed from the
// catalog.
func (r *Replica) prunable(run string) []string {
	if r.options.Keep.KeepsAll() {
		return nil
	}
	removed := r.catalog.RemovedHere(run)
	if len(removed) == 0 {
		return nil // the usual case
	}
	has, _ := r.copies(run)
	var names []string
	for _, generation := range slices.Sorted(maps.Keys(removed)) {
		name := snapshot.HistoryPath(run, generation)
		if has[name].Is(generation, removed[generation]) {
			names = append(names, name)
		}
	}
	return names
}

// prunes reports whether prunable lists a copy of a run.
func (r *Replica) prunes(run string) bool { return len(r.prunable(run)) > 0 }

// pruneForAWhile removes prunable copies, for a while only, because missing copies come first. The
// next call tries the remaining copies and the failed ones again.
func (r *Replica) pruneForAWhile(ctx context.Context) {
	const most = 10 * time.Second
	if r.pass != nil {
		return // which prunes when all else is done
	}
	said := false
	r.pruneEach(ctx, time.Now().Add(most), func(run string, _ []int64, err error) {
		if err != nil && !said {
			said = true
			r.log.Warn("copies not removed", event.Is(event.NotRemoved), zap.String(event.FieldRun, run), zap.NamedError(event.FieldErr, err))
		}
	})
}

// PruneAll removes every prunable copy, and calls removed for each run. After a failed removal it
// continues; it returns the first error.
func (r *Replica) PruneAll(ctx context.Context, removed func(run string, generations []int64)) (first error) {
	r.pruneEach(ctx, time.Time{}, func(run string, generations []int64, err error) {
		if len(generations) > 0 {
			removed(run, generations)
		}
		if first == nil {
			first = err
		}
	})
	return first
}

// pruneEach prunes each run with prunable copies, and calls pruned with the result. It stops at
// until; zero means never.
func (r *Replica) pruneEach(ctx context.Context, until time.Time, pruned func(run string, generations []int64, err error)) {
	for _, run := range r.catalog.Runs() {
		if ctx.Err() != nil || past(until) {
			return
		}
		if r.prunes(run) {
			generations, err := r.prune(ctx, run, until)
			pruned(run, generations, err)
		}
	}
}

// past reports whether a time is over; zero means never.
func past(until time.Time) bool { return !until.IsZero() && time.Now().After(until) }

// prune removes the prunable copies of a run. The backup must have all other generations of the
// run, the current one in some state, and a removed.json that allows these to be missing. prune
// stops at until; zero means never. It returns the generations that it removed.
func (r *Replica) prune(ctx context.Context, run string, until time.Time) ([]int64, error) {
	if r.catalog.Spares(r.backup.String()) {
		return nil, errSpared
	}
	removed := make(chan []int64, 1) // receives nothing if the attempt is abandoned
	err := r.withDeadline(ctx, func(ctx context.Context) error {
		generations, err := r.pruneCopies(ctx, run, until)
		removed <- generations
		return err
	})
	select {
	case generations := <-removed:
		return generations, err
	default:
		return nil, err
	}
}

func (r *Replica) pruneCopies(ctx context.Context, run string, until time.Time) (generations []int64, err error) {
	if err := r.acquireLease(ctx); err != nil {
		return nil, err
	}
	if b := r.backlog(run); b.Lacks() && !b.LacksOnlyGrowth() || r.lacksRemoval(run) {
		return nil, nil
	}
	defer func() {
		if len(generations) > 0 {
			event.LogPruned(r.log, run, generations)
		}
	}()
	for _, name := range r.prunable(run) {
		generation, err := r.remove(ctx, run, name)
		if err != nil {
			return generations, fmt.Errorf("remove copy of run %q: %w", run, err)
		}
		generations = append(generations, generation)
		if past(until) {
			break
		}
	}
	return generations, nil
}

// remove removes the copy that the catalog knows. If someone has replaced the copy, remove makes
// the service reconcile the run again.
func (r *Replica) remove(ctx context.Context, run, name string) (generation int64, err error) {
	has, _ := r.copies(run)
	err = r.backup.Remove(ctx, name, has[name].Info.Version)
	if errors.Is(err, backup.ErrConflict) {
		r.invalidate(run)
		r.Enqueue(run)
	}
	if err == nil {
		r.inventory.invalidate(run)
		r.remember(run, func(c catalog.Copies) { delete(c, name) })
	}
	return has[name].Generation, err
}

// removed returns the generation up to which those of a run may be missing from the backup.
func (r *Replica) removed(run string) int64 {
	removed := r.catalog.RemovedUntil(run)
	if removed == 0 || !r.catalog.Spares(r.backup.String()) {
		return removed
	}
	has, _ := r.copies(run)
	for name, v := range has { // a spared backup keeps its copies
		if path.Dir(name) == snapshot.HistoryDir(run) && snapshot.TombstonesPath(run) != name {
			removed = min(removed, v.Generation-1)
		}
	}
	return removed
}

// lacksRemoval reports whether the backup lacks the record of the generations of a run that have
// been removed.
func (r *Replica) lacksRemoval(run string) bool {
	removed := r.removed(run)
	if removed <= 0 {
		return false // the usual case
	}
	has, _ := r.copies(run)
	return has[snapshot.TombstonesPath(run)].Generation < removed
}

func (r *Replica) putRemoval(ctx context.Context, run string) error {
	name, is := snapshot.TombstonesPath(run), snapshot.Tombstones{Until: r.removed(run)}
	content, err := is.Encode()
	if err != nil {
		return err
	}
	has, _ := r.copies(run)
	info, err := r.backup.Put(ctx, name, bytes.NewReader(content), int64(len(content)), has[name].Info.Version)
	if err != nil {
		return err
	}
	r.inventory.invalidate(run)
	r.remember(run, func(c catalog.Copies) {
		c[name] = catalog.RemoteFile{State: catalog.RemoteTombstones, Generation: is.Until, Info: info}
	})
	return nil
}
