package replica

import "context"

// Connect lists the backup and learns which runs it holds. It waits no longer than a starting
// service does.
func (r *Replica) Connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Patience)
	defer cancel()
	return r.withDeadline(ctx, r.relist)
}

// Disconnect records that the backup cannot be reached: no run waits for it any longer.
func (r *Replica) Disconnect() { r.enqueueSyncs(r.inventory.setUnreachable(unknown, reachable)) }

// Copy copies everything of a run that the backup lacks.
func (r *Replica) Copy(ctx context.Context, run string) error {
	return r.withDeadline(ctx, func(ctx context.Context) error { return r.copy(ctx, run) })
}

// Release records in the backup that this service writes no more.
func (r *Replica) Release(ctx context.Context) error { return r.withDeadline(ctx, r.releaseLease) }

// IsDirty reports whether the backup lacks a run, or may.
func (r *Replica) IsDirty(run string) bool { return r.isDirty(run) }

// Adopt lets Prune remove copies even if the backup holds runs and this catalog has never written
// there.
func (r *Replica) Adopt() error {
	r.told = true
	return r.catalog.Unspare(r.backup.String())
}
