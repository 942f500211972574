package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"statsmirror/mirror/event"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/schedule"

	"go.uber.org/zap"
)

// Status says how current the mirror is.
type Status struct {
	Runs        int           // in the catalog
	Dirty       int           // runs for which some backup lacks something in the stats tree
	Waiting     int           // how many of these are not late: they wait for the interval of a backup
	OldestDirty time.Duration // for how long the longest-dirty run has been dirty, without the time in which it waits
	Failing     []string      // failing backups
	Starting    bool          // the stats tree has not been scanned yet: more runs may be dirty
	Unfinished  int           // runs with a stats file that ends in the middle, where a store may be under way
	Damaged     int           // runs with a damaged stats file
	RootMissing time.Duration // for how long there has been no stats tree to watch
	Failed      int           // runs whose files cannot be read or stored, or whose Sync hangs

	Merges, Bytes int64 // changes of runs that were stored, and bytes of stats files that were read for them, since the start

	Backups                 []replica.Figures
	FailedRuns, DamagedRuns []string // the names of some
}

// Status returns how current the mirror is. A run that waits to enter the catalog, or cannot,
// because of a full disk for example, also counts as dirty.
func (m *Mirror) Status() Status {
	s := Status{
		Runs: m.catalog.Len(), Starting: !m.scanned.Load(), RootMissing: m.options.RootMissing(),
		Merges: m.merges.Load(), Bytes: m.bytes.Load(),
	}
	failed := m.retries.Failing()
	maps.Copy(failed, m.hung())
	s.Failed, s.FailedRuns = len(failed), schedule.Longest(failed)
	dirty := m.queue.Since(time.Now())
	maps.Copy(dirty, failed)
	for _, r := range m.replicas {
		is := r.Status()
		s.Backups = append(s.Backups, r.Figures(is))
		if is.Failing > 0 {
			s.Failing = append(s.Failing, r.String())
		}
		for run, since := range is.Dirty {
			if known, ok := dirty[run]; !ok || since.Before(known) {
				dirty[run] = since
			}
		}
	}
	s.Unfinished, s.Damaged, s.DamagedRuns = m.sources.count()
	s.Dirty, s.Waiting, s.OldestDirty = len(dirty), replica.Waiting(dirty), schedule.Oldest(dirty)
	return s
}

// hung returns the runs whose Sync takes longer than the timeout, and since when.
func (m *Mirror) hung() map[string]time.Time {
	return m.queue.TakenBefore(time.Now().Add(-m.options.Timeout))
}

// Stalled returns nil while the mirror makes progress, or has nothing to do. It returns an error in
// two cases: a run is due but no Sync has begun or ended for the timeout, or each backup has owed
// an answer for twice the timeout. A restart may help then. If one run or backup moves, the fault
// lies with the others, and a restart would not help.
func (m *Mirror) Stalled() error {
	if run, ok := m.queue.Stuck(time.Now().Add(-m.options.Timeout)); ok {
		return fmt.Errorf("no sync has begun or ended for %v, run %q is due", m.options.Timeout, run)
	}
	var owing []string
	for _, r := range m.replicas {
		if r.Unanswered() > 2*m.options.Timeout {
			owing = append(owing, r.String())
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
	var before Status
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for run, since := range m.hung() {
			m.alarm(event.Failed, run, "run failed", fmt.Errorf("its sync has not ended for %v: the file system of its files hangs", time.Since(since).Round(time.Second)))
		}
		s := m.Status()
		m.log.Info("alive", event.Is(event.Heartbeat), zap.Int(event.FieldRuns, s.Runs), zap.Int(event.FieldDirty, s.Dirty),
			zap.Int64(event.FieldOldest, int64(s.OldestDirty.Seconds())), zap.Int64(event.FieldRootMissing, int64(s.RootMissing.Seconds())),
			zap.Int64(event.FieldMerges, s.Merges-before.Merges), zap.Int64(event.FieldBytes, s.Bytes-before.Bytes))
		for i, r := range m.replicas {
			r.Beat(s.Backups[i])
		}
		before = s
	}
}

// union returns the elements of several lists, without duplicates, in order.
func union(lists ...[]string) []string {
	all := map[string]bool{}
	for _, list := range lists {
		for _, s := range list {
			all[s] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
