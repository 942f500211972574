package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Status is how far the mirror is.
type Status struct {
	Runs        int           // in the catalog
	Dirty       int           // runs of which not every backup has what the stats tree has
	OldestDirty time.Duration // for how long the run has been that has been dirty longest
	Failing     []string      // backups that fail
	Starting    bool          // the stats tree has not been looked at yet: more runs may be dirty
	Unfinished  int           // runs with a stats file that ends in the middle, but may be under way
	Damaged     int           // runs with a stats file that is damaged
	RootMissing time.Duration // for how long there has been no stats tree to watch
}

// Status returns how far the mirror is. A run that waits to be brought into the
// catalog, or cannot be, because of a full disk say, is dirty too.
func (m *Mirror) Status() Status {
	s := Status{Runs: m.catalog.Len(), Starting: !m.surveyed.Load(), RootMissing: m.options.RootMissing()}
	dirty := m.marked.since(time.Now())
	maps.Copy(dirty, m.retries.failing())
	maps.Copy(dirty, m.hung())
	for _, r := range m.replicas {
		if oldest(r.retries.failing()) > 0 {
			s.Failing = append(s.Failing, r.backup.String())
		}
		for _, run := range r.awaiting() {
			if _, ok := dirty[run]; !ok {
				dirty[run] = time.Now()
			}
		}
		for run, since := range r.dirtySince() {
			if known, ok := dirty[run]; !ok || since.Before(known) {
				dirty[run] = since
			}
		}
	}
	s.Unfinished, s.Damaged = m.sources.count()
	s.Dirty, s.OldestDirty = len(dirty), oldest(dirty)
	return s
}

// oldest returns for how long the key has been there that has been longest.
func oldest(since map[string]time.Time) time.Duration {
	var longest time.Duration
	for _, at := range since {
		longest = max(longest, time.Since(at))
	}
	return longest
}

// hung returns the runs whose Sync takes longer than the timeout, and since when.
func (m *Mirror) hung() map[string]time.Time {
	return m.marked.takenBefore(time.Now().Add(-m.options.Timeout))
}

// Stalled returns nil while the mirror makes progress, or has nothing to do. It
// returns an error when no Sync has begun or ended for the timeout although a run
// is due, or when each backup has owed an answer for twice the timeout: what a new
// start may mend. One run or backup that moves shows that another is to blame
// itself.
func (m *Mirror) Stalled() error {
	if run, ok := m.marked.stuck(time.Now().Add(-m.options.Timeout)); ok {
		return fmt.Errorf("no sync has begun or ended for %v, run %q is due", m.options.Timeout, run)
	}
	var owing []string
	for _, r := range m.replicas {
		if since := r.askingSince(); !since.IsZero() && time.Since(since) > 2*m.options.Timeout {
			owing = append(owing, r.backup.String())
		}
	}
	if len(owing) > 0 && len(owing) == len(m.replicas) {
		return fmt.Errorf("no answer for %v from %s", 2*m.options.Timeout, strings.Join(owing, ", "))
	}
	return nil
}

// beat logs the status from time to time until ctx is done.
func (m *Mirror) beat(ctx context.Context) {
	ticker := time.NewTicker(m.options.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for run, since := range m.hung() {
			m.alarm(eventFailed, run, "run failed", fmt.Errorf("its sync has not ended for %v: what its files are on hangs", time.Since(since).Round(time.Second)))
		}
		s := m.Status()
		m.log.Info("alive", zap.String(fieldEvent, eventHeartbeat), zap.Int(fieldRuns, s.Runs), zap.Int(fieldDirty, s.Dirty),
			zap.Int64(fieldOldest, int64(s.OldestDirty.Seconds())), zap.Int64(fieldRootMissing, int64(s.RootMissing.Seconds())),
			zap.Int64(fieldMerges, m.merges.Swap(0)), zap.Int64(fieldBytes, m.bytes.Swap(0)))
		for _, r := range m.replicas {
			r.beat()
		}
	}
}

// beat logs how far one backup is, and what it has been asked since the last time
// where that costs money.
func (r *replica) beat() {
	dirty := r.dirtySince()
	fields := []zap.Field{
		zap.String(fieldEvent, eventBackupHeartbeat), zap.Int(fieldDirty, len(dirty)),
		zap.Int64(fieldOldest, int64(oldest(dirty).Seconds())), zap.Int64(fieldFailing, int64(oldest(r.retries.failing()).Seconds())),
	}
	if b, ok := r.backup.(metered); ok {
		all := b.Requests()
		asked := all.Minus(r.billed)
		r.billed = all
		fields = append(fields, zap.Int64(fieldPuts, asked.Put), zap.Int64(fieldGets, asked.Get), zap.Int64(fieldLists, asked.List),
			zap.Int64(fieldDeletes, asked.Delete), zap.Int64(fieldBytes, asked.Sent))
	}
	r.log.Info("backup alive", fields...)
}

// logPending says which runs are not in a backup when the service stops.
func (m *Mirror) logPending() {
	const named = 20
	for _, r := range m.replicas {
		if runs := r.dirtyRuns(); len(runs) > 0 {
			r.log.Warn("copies pending", zap.String(fieldEvent, eventPending), zap.Int(fieldDirty, len(runs)),
				zap.Strings(fieldRuns, runs[:min(named, len(runs))]))
		}
	}
}

// union returns the elements of several lists, each once, in order.
func union(lists ...[]string) []string {
	all := map[string]bool{}
	for _, list := range lists {
		for _, s := range list {
			all[s] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
