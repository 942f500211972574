package replica

import "context"

// Connect lists the backup, and finds out which runs it holds. It waits no longer than a
// service that starts does.
func (r *Replica) Connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Patience)
	defer cancel()
	return r.withDeadline(ctx, r.relist)
}

// Disconnect says that the backup cannot be reached: no run waits for it any more.
func (r *Replica) Disconnect() { r.enqueueSyncs(r.inventory.setUnreachable(unknown, reachable)) }

// Copy copies what the backup lacks of a run.
func (r *Replica) Copy(ctx context.Context, run string) error {
	return r.withDeadline(ctx, func(ctx context.Context) error { return r.copy(ctx, run) })
}

// Release says in the backup that this service writes no more.
func (r *Replica) Release(ctx context.Context) error { return r.withDeadline(ctx, r.releaseLease) }

// IsDirty reports whether the backup lacks a run, or may.
func (r *Replica) IsDirty(run string) bool { return r.isDirty(run) }

// Adopt has Prune remove copies even if the backup holds runs and this catalog has never
// written there.
func (r *Replica) Adopt() error {
	r.told = true
	return r.catalog.Unspare(r.backup.String())
}
