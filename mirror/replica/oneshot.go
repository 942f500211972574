package replica

import "context"

// Connect lists the backup, and enqueues the runs that it lacks or may hold.
func (r *Replica) Connect(ctx context.Context) error { return r.withDeadline(ctx, r.relist) }

// Copy copies everything of a run that the backup lacks.
func (r *Replica) Copy(ctx context.Context, run string) error {
	return r.withDeadline(ctx, func(ctx context.Context) error { return r.copy(ctx, run) })
}

// Release records in the backup that this service writes no more.
func (r *Replica) Release(ctx context.Context) error { return r.withDeadline(ctx, r.releaseLease) }

// Adopt has a pass prune the backup even if it holds runs and this catalog has never written
// there.
func (r *Replica) Adopt() error {
	r.told = true
	return r.catalog.Unspare(r.backup.String())
}
