package replica

import (
	"maps"
	"slices"
	"sync"

	"statsmirror/mirror/backup"
)

// reachability is the result of the last contact with a backup.
type reachability uint8

const (
	unknown reachability = iota
	reachable
	unreachable
)

// inventory is the state of a backup as a whole: whether it can be reached, its last listing, and
// the runs that wait until their files there are known.
type inventory struct {
	mu      sync.Mutex
	state   reachability
	listing *listing        // nil before the first
	waiting map[string]bool // runs that Sync left to be adopted
	refused map[string]bool // runs whose files in the backup could not be read
}

func newInventory() *inventory {
	return &inventory{waiting: map[string]bool{}, refused: map[string]bool{}}
}

// forget records that the backup must be listed again.
func (i *inventory) forget() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.state = unknown
}

// mayHold reports whether the backup holds, or may hold, a run that is not reconciled with it. Then
// the run waits for the backup: Mirror.awaitsAdoption asks. Replica.Run ends the wait after the
// patience.
func (i *inventory) mayHold(run string, reconciled func() bool) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch i.state {
	case unknown: // the start: nobody has listed the backup yet
	case unreachable:
		return false
	case reachable:
		if _, held := i.listing.current[run]; !held || i.refused[run] || reconciled() {
			return false
		}
	}
	i.waiting[run] = true
	return true
}

// setReachable records the listing of the backup, and returns the runs that waited for it.
func (i *inventory) setReachable(l *listing) (waited []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.state, i.listing, i.refused = reachable, l, map[string]bool{}
	return takeAll(i.waiting)
}

// setUnreachable records that the backup cannot be reached, if its state is one of before. It
// returns the runs that waited for it.
func (i *inventory) setUnreachable(before ...reachability) (waited []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(before, i.state) {
		return nil
	}
	i.state = unreachable
	return takeAll(i.waiting)
}

// takeAll empties a set and returns its elements.
func takeAll(set map[string]bool) []string {
	all := slices.Collect(maps.Keys(set))
	clear(set)
	return all
}

// resolve records that the files of a run in the backup are known, or cannot be learned. Either way
// the run no longer waits. resolve reports whether it waited.
func (i *inventory) resolve(run string, err error) (waited bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	waited = i.waiting[run]
	delete(i.waiting, run)
	i.refused[run] = err != nil
	return waited
}

// waitingRuns returns the runs that wait until their files in the backup are known.
func (i *inventory) waitingRuns() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Collect(maps.Keys(i.waiting))
}

// invalidate records that the files of a run in the backup may differ from the listing.
func (i *inventory) invalidate(run string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.listing != nil {
		i.listing.invalidate(run)
	}
}

// of returns the listed files of a run. ok is false if the backup must be asked.
func (i *inventory) of(run string) (infos []backup.Info, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.listing.of(run)
}

// MayHold reports whether the backup has, or may have, a run that the catalog lacks. Then the run
// is enqueued again once that is known.
func (r *Replica) MayHold(run string) bool {
	return r.inventory.mayHold(run, func() bool { return r.reconciled(run) })
}

// reconciled reports whether the files of a run in the backup are known.
func (r *Replica) reconciled(run string) bool {
	has, met := r.copies(run)
	return met && has.Known()
}
