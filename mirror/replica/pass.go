package replica

import (
	"context"
	"errors"
	"sync"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/schedule"
)

// Pass is a Run of a Replica with an end: it gives up runs that keep failing. A nil Pass is a
// service, which gives up nothing.
type Pass struct {
	work *schedule.Work
	gave func(run string, err error)

	mu    sync.Mutex
	tries map[string]int // how often a run has failed

	connecting bool // the backup has not been listed yet
}

// tries is how often a pass tries a copy, or a backup, that may work the next time.
const tries = 3

// NewPass returns a Pass. work holds the runs that the replica has yet to handle, and "" until the
// backup was listed. It calls gave when it gives up a run, or "" for the backup; err is nil for a
// run that was copied.
func NewPass(work *schedule.Work, gave func(run string, err error)) *Pass {
	return &Pass{work: work, gave: gave, tries: map[string]int{}}
}

// Begin makes the next Run that of a pass, or of a service if the pass is nil, and enqueues every
// run of the catalog.
func (r *Replica) Begin(p *Pass) {
	r.pass = p
	r.givenUp.Store(false)
	r.pace.lifted.Store(p != nil)
	r.inventory.forget()
	if p == nil {
		r.queue.Begin(nil)
	} else {
		p.connecting = true
		p.work.Add("")
		r.queue.Begin(p.work)
	}
	r.EnqueueAll()
}

// connected records that the backup was listed, or given up.
func (r *Replica) connected() {
	if p := r.pass; p != nil && p.connecting {
		p.connecting = false
		p.work.Done("")
	}
}

// giveUp gives the backup up: no run waits for it any longer.
func (r *Replica) giveUp(err error) {
	r.pass.gave("", err)
	r.retries.Worked("")
	r.givenUp.Store(true)
	r.queue.Clear()
}

// givesUp reports whether a failed run is given up.
func (p *Pass) givesUp(run string, err error) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries[run]++
	return p.tries[run] >= tries || errors.Is(err, catalog.ErrRefused) || p.isFinal(err)
}

// givesUpBackup reports whether the backup is given up, which has failed so often since a copy
// worked.
func (p *Pass) givesUpBackup(err error, failures int) bool {
	return p != nil && (failures >= tries || p.isFinal(err))
}

// isFinal reports whether an error of the backup ends the pass there.
func (p *Pass) isFinal(err error) bool {
	_, leased := errors.AsType[*LeasedError](err)
	return p != nil && (leased || errors.Is(err, backup.ErrAbsent))
}

// impatient bounds how long a pass waits for a backup that it has not listed yet.
func (p *Pass) impatient(ctx context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	if p != nil && p.connecting {
		return context.WithTimeout(ctx, patience)
	}
	return ctx, func() {}
}

func (p *Pass) note(run string, err error) {
	if p != nil {
		p.gave(run, err)
	}
}

// AllowPrune lets a pass prune the backup even if it holds runs and this catalog has never written
// there.
func (r *Replica) AllowPrune() error {
	r.told = true
	return r.catalog.Unspare(r.backup.String())
}
