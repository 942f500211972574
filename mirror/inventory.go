package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// refresh renews the lease if it is time to, or if that is to show whether a backup
// that is suspect can be written, and compares if that is asked for. It reports
// whether the backup had to answer anything.
func (r *replica) refresh(ctx context.Context, compare, suspect bool) (answered bool, err error) {
	if suspect && !r.own.Renewed.IsZero() {
		r.own.Renewed = r.own.Renewed.Add(-leaseRenewal)
	}
	before := r.own.Renewed
	if err := r.renewLease(ctx); err != nil {
		return false, err
	}
	if compare {
		return true, r.relist(ctx)
	}
	return !r.own.Renewed.Equal(before), nil
}

// relist lists the backup and compares it with what is remembered of it. What
// is missing or has changed makes its run dirty; so does a run that has not
// been reconciled.
func (r *replica) relist(ctx context.Context) error {
	infos, err := backup.Collect(ctx, r.backup, "", archive.Belongs)
	if errors.Is(err, backup.ErrAbsent) && !r.catalog.wroteTo(r.backup.String()) {
		err = r.backup.Check(ctx) // which makes it; one that holds copies is waited for instead
	}
	if err == nil {
		err = r.checkReadable(infos)
	}
	if err != nil {
		return fmt.Errorf("list backup: %w", err)
	}
	r.empty = !slices.ContainsFunc(infos, isSnapshot)
	err = r.acquireLease(ctx)
	r.empty = false
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if b, ok := r.backup.(sweeper); ok {
		_ = b.Sweep(ctx) // what stays does no harm, and is swept the next time
	}
	runs := r.catalog.Runs()
	for _, run := range runs {
		r.check(run, infos)
	}
	listed := newListing(infos)
	n := r.archive.Namer(runs)
	for _, info := range infos {
		run, err := n.RunOf(ctx, info)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("list backup: %w", err)
		}
		if run == "" {
			continue
		}
		run = strings.Clone(run) // and no more of what was listed
		listed.current[run] = nil
		if r.reconciled(run) {
			listed.invalidate(run)
			continue
		}
		listed.current[run] = new(info)
		runs = append(runs, run)
	}
	r.setReachable(listed)
	for _, run := range runs {
		r.enqueue(run)
	}
	return nil
}

// sweeper is a backup in which a crash can leave temporary files behind.
type sweeper interface {
	// Sweep removes those that the last list of everything found to be old.
	Sweep(ctx context.Context) error
}

// checkReadable returns an error if the directory of all snapshots, or of all ended
// generations, may not be read. The directory of one run is a matter of that run.
func (r *replica) checkReadable(infos []backup.Info) error {
	for _, dir := range []string{snapshot.CurrentDir, snapshot.EndedDir} {
		if _, closed := backup.Find(infos, dir+"/"); closed {
			return fmt.Errorf("read %s: %w", dir, fs.ErrPermission)
		}
	}
	return nil
}

// metered is a backup that charges for what it is asked, and is not to be listed
// more often than that.
type metered interface {
	ListEvery() time.Duration
	Requests() backup.Requests
}

// relistEvery returns how often the backup is compared with what is remembered of it.
func (r *replica) relistEvery() time.Duration {
	if b, ok := r.backup.(metered); ok {
		return max(b.ListEvery(), r.options.Rescan)
	}
	return r.options.Rescan
}

// invalidate has a run reconciled again before anything is written for it.
func (r *replica) invalidate(run string) {
	r.invalidateListing(run)
	location := r.backup.String()
	r.update(run, func(rec *record) { rec.invalidate(location) })
}

// check forgets what the copies of a run hold that are missing or have changed.
// Then the run has to be reconciled again before anything is written: what is there
// now may be another's.
func (r *replica) check(run string, listed []backup.Info) {
	has, _ := r.copies(run)
	var lost []string
	for name, v := range has {
		if info, ok := backup.Find(listed, name); v.Content != "" && (!ok || info.Version != v.Info.Version) {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return
	}
	r.remember(run, func(c copies) {
		for _, name := range lost {
			c[name] = verified{Info: c[name].Info}
		}
	})
}

// reconciled reports whether it is known what the backup has of a run.
func (r *replica) reconciled(run string) bool {
	has, met := r.copies(run)
	return met && has.known()
}

// mayHold reports whether a run that the catalog lacks is in the backup, or may
// be: then it is enqueued again when that has been found out.
func (r *replica) mayHold(run string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.state {
	case unreachable:
		return false
	case reachable:
		if _, held := r.listing.current[run]; !held || r.refused[run] || r.reconciled(run) {
			return false
		}
	}
	r.waiting[run] = true
	return true
}

// setReachable notes what the backup holds.
func (r *replica) setReachable(l *listing) {
	r.mu.Lock()
	r.state, r.listing, r.refused = reachable, l, map[string]bool{}
	r.mu.Unlock()
	r.wakeWaiting()
}

// invalidateListing notes that other files of a run may be in the backup than those that
// were listed.
func (r *replica) invalidateListing(run string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listing != nil {
		r.listing.invalidate(run)
	}
}

// listed returns the files of a run, from the listing if that is good enough.
// The current snapshot among them may be missing.
func (r *replica) listed(ctx context.Context, run string) ([]backup.Info, error) {
	r.mu.Lock()
	infos, ok := r.listing.of(run)
	r.mu.Unlock()
	if ok {
		return infos, nil
	}
	infos, err := r.archive.Files(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("list history: %w", err)
	}
	return append(infos, backup.Info{Name: snapshot.Path(run)}), nil
}

// setUnreachable gives the backup up, if its state is one of those.
func (r *replica) setUnreachable(from ...reachability) {
	r.mu.Lock()
	leave := slices.Contains(from, r.state)
	if leave {
		r.state = unreachable
	}
	r.mu.Unlock()
	if leave {
		r.wakeWaiting()
	}
}

// wakeWaiting has the runs synced that wait for the backup.
func (r *replica) wakeWaiting() {
	r.mu.Lock()
	waiting := r.waiting
	r.waiting = map[string]bool{}
	r.mu.Unlock()
	for run := range waiting {
		r.enqueueSync(run)
	}
}

// waitingRuns returns the runs that wait for what the backup holds of them.
func (r *replica) waitingRuns() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.waiting))
}

// resolved has a run synced that waits for what the backup holds of it. If that
// could not be found out, the run does not wait for it any more.
func (r *replica) resolved(run string, err error) {
	r.mu.Lock()
	waits := r.waiting[run]
	delete(r.waiting, run)
	r.refused[run] = err != nil
	r.mu.Unlock()
	if waits {
		r.enqueueSync(run)
	}
}

// dirtySince returns the dirty runs and since when they are so.
func (r *replica) dirtySince() map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.dirty)
}

// unreconciled lists the runs in the backup of which it is not known what it has of
// them.
func (r *replica) unreconciled() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var runs []string
	for run := range r.listing.current {
		if !r.reconciled(run) {
			runs = append(runs, run)
		}
	}
	slices.Sort(runs)
	return runs
}
