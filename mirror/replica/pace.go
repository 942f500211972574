package replica

import (
	"errors"
	"sync/atomic"
	"time"

	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
)

// pace bounds how often a run's snapshot is copied to a backup: at most once in an interval, which
// begins when the copy before is complete. The first change after a longer rest does not wait, and
// the last change is never left out. A generation that has ended does not wait either, because its
// last rows may be in no backup. The first snapshot of the next generation goes with it, so that
// a reader of the backup hardly ever finds an older state of a generation beside its end.
type pace struct {
	interval time.Duration // 0: nothing waits
	lifted   atomic.Bool   // nothing waits now, because a pass runs or the service stops
}

// bounds reports whether anything may have to wait.
func (p *pace) bounds() bool { return p.interval > 0 && !p.lifted.Load() }

// due returns when a snapshot may be copied that was last copied at a time of the wall clock; zero
// for at once. A last copy in the future does not count, because someone has set the clock back.
func (p *pace) due(copied, now time.Time) time.Time {
	wait := p.interval - now.Sub(copied)
	if !p.bounds() || copied.IsZero() || now.Before(copied) || wait <= 0 {
		return time.Time{}
	}
	return now.Add(wait)
}

// due returns when the files that the backup lacks of a run may be copied; zero for at once. Until
// then the copy is not late.
func (r *Replica) due(run string, b catalog.Backlog) time.Time {
	at := r.pace.due(b.Copied, time.Now())
	if at.IsZero() || !b.LacksOnlyGrowth() || r.lacksRemoval(run) {
		return time.Time{}
	}
	return at
}

// nextTry returns when to copy a run that is due at a time. If the backup has an interval, the
// stores of a run do not shorten its back-off after a failure, because each attempt may cost money.
func (r *Replica) nextTry(run string, due time.Time) time.Time {
	at := latest(time.Now(), due)
	if r.pace.bounds() {
		at = latest(at, r.retries.Due(run))
	}
	return at
}

// postponed reports whether a run may not be copied yet. Then it enqueues the run for the time when
// it may.
func (r *Replica) postponed(run string) bool {
	if !r.pace.bounds() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	due := r.due(run, r.backlog(run))
	at := r.nextTry(run, due)
	if !at.After(time.Now()) {
		return false
	}
	if !due.IsZero() {
		r.dirty[run] = due
	}
	r.queue.Add(run, at)
	return true
}

// errPostponed means that a run may not be copied yet.
var errPostponed = errors.New("is postponed")

// copiedAt returns the time of a copy that is complete now; zero if it is not the current snapshot.
func copiedAt(run string, f catalog.File) time.Time {
	if f.Name != snapshot.Path(run) {
		return time.Time{}
	}
	return time.Now()
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
