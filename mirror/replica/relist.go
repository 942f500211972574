package replica

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
)

// refresh renews the lease if it is due. If suspect is set, it renews the lease at once, which
// shows whether the backup can be written. If compare is set, it also calls relist. It reports
// whether the backup had to answer a request.
func (r *Replica) refresh(ctx context.Context, compare, suspect bool) (answered bool, err error) {
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

// Connect lists the backup, and enqueues the runs that it lacks or may hold.
func (r *Replica) Connect(ctx context.Context) error { return r.withDeadline(ctx, r.relist) }

// relist lists the backup and compares the listing with the copies that the catalog knows. A run
// becomes dirty if one of its copies is missing or has changed, or if the run has not been
// reconciled.
func (r *Replica) relist(ctx context.Context) error {
	infos, err := backup.Collect(ctx, r.backup, "", archive.Belongs)
	if errors.Is(err, backup.ErrAbsent) && !r.catalog.WroteTo(r.backup.String()) {
		err = r.backup.Check(ctx) // creates the directory, because the catalog never wrote there
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
		_ = b.Sweep(ctx) // files that stay do no harm, and the next sweep removes them
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
		run = strings.Clone(run) // so that it does not hold on to the listing
		listed.current[run] = nil
		if r.reconciled(run) {
			listed.invalidate(run)
			continue
		}
		listed.current[run] = new(info)
		runs = append(runs, run)
	}
	r.enqueueSyncs(r.inventory.setReachable(listed))
	for _, run := range runs {
		r.Enqueue(run)
	}
	return nil
}

// sweeper is a backup in which a crash can leave temporary files.
type sweeper interface {
	// Sweep removes temporary files that were old when everything was last listed.
	Sweep(ctx context.Context) error
}

// checkReadable returns an error if the directory of all snapshots, or of all ended generations,
// may not be read. An unreadable directory of one run concerns only that run.
func (r *Replica) checkReadable(infos []backup.Info) error {
	for _, dir := range []string{snapshot.CurrentDir, snapshot.EndedDir} {
		if _, closed := backup.Find(infos, dir+"/"); closed {
			return fmt.Errorf("read %s: %w", dir, fs.ErrPermission)
		}
	}
	return nil
}

// metered is a backup that charges for each request. ListEvery returns how much time should pass
// between listings.
type metered interface {
	ListEvery() time.Duration
	Requests() backup.Requests
}

// relistEvery returns how often the service lists the backup to compare it with the catalog.
func (r *Replica) relistEvery() time.Duration {
	if b, ok := r.backup.(metered); ok {
		return max(b.ListEvery(), r.options.Rescan)
	}
	return r.options.Rescan
}

// invalidate makes the service reconcile a run again before it writes anything for the run.
func (r *Replica) invalidate(run string) {
	r.inventory.invalidate(run)
	location := r.backup.String()
	r.update(run, func(rec *catalog.Record) { rec.Invalidate(location) })
}

// check forgets the contents of the copies of a run that are missing or have changed. The run is
// then reconciled again before anything is written, because the files there now may belong to
// another service.
func (r *Replica) check(run string, listed []backup.Info) {
	has, _ := r.copies(run)
	var lost []string
	for name, f := range has {
		if info, ok := backup.Find(listed, name); f.State != catalog.RemoteUnknown && (!ok || info.Version != f.Info.Version) {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return
	}
	r.remember(run, func(c catalog.Copies) {
		for _, name := range lost {
			c[name] = catalog.RemoteFile{Info: c[name].Info}
		}
	})
}

// listed returns the files of a run, from the listing if that is recent enough. The current
// snapshot may be missing among them.
func (r *Replica) listed(ctx context.Context, run string) ([]backup.Info, error) {
	if infos, ok := r.inventory.of(run); ok {
		return infos, nil
	}
	infos, err := r.archive.Files(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("list history: %w", err)
	}
	return append(infos, backup.Info{Name: snapshot.Path(run)}), nil
}
