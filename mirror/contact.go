package mirror

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// contact renews the claim if it is time to, and compares if that is asked for. It
// reports whether the backup had to answer anything.
func (r *replica) contact(ctx context.Context, compare bool) (answered bool, err error) {
	before := r.own.Renewed
	if err := r.renewClaim(ctx); err != nil {
		return false, err
	}
	if compare {
		return true, r.compare(ctx)
	}
	return !r.own.Renewed.Equal(before), nil
}

// compare lists the backup and compares it with what is remembered of it. What
// is missing or has changed makes its run dirty; so does a run that has not
// been met.
func (r *replica) compare(ctx context.Context) error {
	infos, err := r.backup.List(ctx, "")
	if errors.Is(err, backup.ErrAbsent) && !r.holdsAny() {
		err = r.backup.Check(ctx) // which makes it; one that holds copies is waited for instead
	}
	if err != nil {
		return fmt.Errorf("list backup: %w", err)
	}
	if err := r.ensureClaim(ctx); err != nil {
		return err
	}
	byName := map[string]backup.Info{}
	for _, info := range infos {
		byName[info.Name] = info
	}
	current, err := r.archive.snapshots(ctx, infos, r.catalog.Runs())
	if err != nil {
		return fmt.Errorf("list backup: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	runs := r.catalog.Runs()
	for _, run := range runs {
		r.check(run, byName)
	}
	for run := range current {
		if !r.met(run) {
			runs = append(runs, run)
		}
	}
	r.reach(current)
	for _, run := range runs {
		r.touch(run)
	}
	return nil
}

// metered is a backup that is not to be listed more often than that: it costs
// money.
type metered interface{ ListEvery() time.Duration }

// relist returns how often the backup is compared with what is remembered of it.
func (r *replica) relist() time.Duration {
	if b, ok := r.backup.(metered); ok {
		return max(b.ListEvery(), r.options.Rescan)
	}
	return r.options.Rescan
}

// holdsAny reports whether any copy is known to be in the backup.
func (r *replica) holdsAny() bool {
	return slices.ContainsFunc(r.catalog.Runs(), func(run string) bool {
		has, _ := r.copies(run)
		return len(has) > 0
	})
}

// check forgets what the copies of a run hold that are missing or have changed.
// Then the run has to be met again before anything is written: what is there
// now may be another's.
func (r *replica) check(run string, listed map[string]backup.Info) {
	has, _ := r.copies(run)
	var lost []string
	for name, v := range has {
		if info, ok := listed[name]; v.Content != "" && (!ok || info.Version != v.Info.Version) {
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

// met reports whether it is known what the backup has of a run.
func (r *replica) met(run string) bool {
	has, met := r.copies(run)
	for _, v := range has {
		if v.Content == "" {
			return false
		}
	}
	return met
}

// awaited reports whether a run that the catalog lacks is in the backup, or may
// be: then it is marked again when that has been found out.
func (r *replica) awaited(run string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, held := r.holds[run]
	if r.state == unreachable || r.state == reachable && (!held || r.refused[run]) {
		return false
	}
	r.waiting[run] = true
	return true
}

// reach notes which runs the backup holds.
func (r *replica) reach(holds map[string]backup.Info) {
	r.mu.Lock()
	r.state, r.holds, r.refused = reachable, holds, map[string]bool{}
	r.mu.Unlock()
	r.release()
}

// noteHeld notes that the backup holds a file of a run now.
func (r *replica) noteHeld(run string, f file, info backup.Info) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.Name == snapshot.Path(run) {
		r.holds[run] = info
	}
}

// leave gives the backup up, if its state is one of those.
func (r *replica) leave(from ...reachability) {
	r.mu.Lock()
	leave := slices.Contains(from, r.state)
	if leave {
		r.state = unreachable
	}
	r.mu.Unlock()
	if leave {
		r.release()
	}
}

// release has the runs synced that wait for the backup.
func (r *replica) release() {
	r.mu.Lock()
	waiting := r.waiting
	r.waiting = map[string]bool{}
	r.mu.Unlock()
	for run := range waiting {
		r.mark(run)
	}
}

// asked has a run synced that waits for what the backup holds of it. If that
// could not be found out, the run does not wait for it any more.
func (r *replica) asked(run string, err error) {
	r.mu.Lock()
	waits := r.waiting[run]
	delete(r.waiting, run)
	r.refused[run] = err != nil
	r.mu.Unlock()
	if waits {
		r.mark(run)
	}
}

// dirtySince returns the dirty runs and since when they are so.
func (r *replica) dirtySince() map[string]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.dirty)
}

// unmet lists the runs in the backup of which it is not known what it has of
// them.
func (r *replica) unmet() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var runs []string
	for run := range r.holds {
		if !r.met(run) {
			runs = append(runs, run)
		}
	}
	slices.Sort(runs)
	return runs
}
