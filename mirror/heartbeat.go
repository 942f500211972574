package mirror

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"
)

// Status is how far the mirror is.
type Status struct {
	Runs        int           // in the catalog
	Dirty       int           // of these, not in every backup as they are
	OldestDirty time.Duration // for how long the run has been that has been dirty longest
}

// Status returns how far the mirror is.
func (m *Mirror) Status() Status {
	s := Status{Runs: len(m.catalog.Runs())}
	dirty := map[string]bool{}
	for _, r := range m.replicas {
		for _, run := range r.dirtyRuns() {
			dirty[run] = true
		}
		if since := r.oldest(); !since.IsZero() {
			s.OldestDirty = max(s.OldestDirty, time.Since(since))
		}
	}
	s.Dirty = len(dirty)
	return s
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
		s := m.Status()
		m.log.Info("alive", zap.String(fieldEvent, eventHeartbeat), zap.Int(fieldRuns, s.Runs), zap.Int(fieldDirty, s.Dirty),
			zap.Int64(fieldOldest, int64(s.OldestDirty.Seconds())),
			zap.Int64(fieldMerges, m.merges.Swap(0)), zap.Int64(fieldBytes, m.bytes.Swap(0)))
	}
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
