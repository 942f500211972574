package replica

import (
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/event"
	"statsmirror/mirror/schedule"
)

// Status says how current a backup is.
type Status struct {
	Dirty   map[string]time.Time // the runs that it lacks or may lack, and since when their copies are late; in the future while they wait for the interval
	Failing time.Duration        // for how long it has failed, or some of its runs; 0 if nothing fails
	Queued  int                  // runs in the queue
	Retried int                  // runs that have failed and are tried again
}

// Status returns how current the backup is. A run that waits to be adopted counts as dirty from now
// on.
func (r *Replica) Status() Status {
	failing := r.retries.Failing()
	s := Status{Dirty: r.lateSince(), Failing: schedule.Oldest(failing), Queued: r.queue.Len(), Retried: len(failing)}
	for _, run := range r.inventory.waitingRuns() {
		if _, ok := s.Dirty[run]; !ok {
			s.Dirty[run] = time.Now()
		}
	}
	return s
}

// String returns the location of the backup.
func (r *Replica) String() string { return r.backup.String() }

// Figures are the numbers of a Status.
type Figures struct {
	Backup          string // its location
	Dirty, Waiting  int    // runs that it lacks or may lack, and how many of these are not late
	Oldest, Failing time.Duration
	Interval        time.Duration
	Late            []string        // the names of the runs that have been late longest
	Requests        backup.Requests // since the start
	Metered         bool            // requests cost money
}

// Figures returns the numbers of a status of the backup.
func (r *Replica) Figures(s Status) Figures {
	f := Figures{
		Backup: r.String(), Dirty: len(s.Dirty), Waiting: Waiting(s.Dirty), Oldest: schedule.Oldest(s.Dirty), Failing: s.Failing,
		Interval: r.pace.interval, Late: schedule.Longest(s.Dirty),
	}
	if b, ok := r.backup.(metered); ok {
		f.Requests, f.Metered = b.Requests(), true
	}
	return f
}

// Beat logs how current the backup is. If its requests cost money, it adds their number since the
// last time.
func (r *Replica) Beat(f Figures) {
	fields := []zap.Field{
		event.Is(event.BackupHeartbeat), zap.Int(event.FieldDirty, f.Dirty),
		zap.Int64(event.FieldOldest, int64(f.Oldest.Seconds())), zap.Int64(event.FieldFailing, int64(f.Failing.Seconds())),
	}
	if f.Interval > 0 {
		fields = append(fields, zap.Int(event.FieldWaiting, f.Waiting), zap.Int64(event.FieldInterval, int64(f.Interval.Seconds())))
	}
	if f.Metered {
		asked := f.Requests.Minus(r.billed)
		r.billed = f.Requests
		fields = append(fields, zap.Int64(event.FieldPuts, asked.Put), zap.Int64(event.FieldGets, asked.Get), zap.Int64(event.FieldLists, asked.List),
			zap.Int64(event.FieldDeletes, asked.Delete), zap.Int64(event.FieldBytes, asked.Sent))
	}
	r.log.Info("backup alive", fields...)
}

// Waiting returns how many runs are not late yet.
func Waiting(lateSince map[string]time.Time) int {
	n := 0
	for _, since := range lateSince {
		if time.Until(since) > 0 {
			n++
		}
	}
	return n
}

// LogPending logs the runs that are not in a backup when the service stops.
func (r *Replica) LogPending() {
	const named = 20
	if runs := r.dirtyRuns(); len(runs) > 0 {
		r.log.Warn("copies pending", event.Is(event.Pending), zap.Int(event.FieldDirty, len(runs)),
			zap.Strings(event.FieldRuns, runs[:min(named, len(runs))]))
	}
}
