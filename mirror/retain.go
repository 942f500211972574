package mirror

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/store"
)

// retain removes ended generations from time to time until ctx is done, unless all are kept. It
// announces the first removal.
func (m *Mirror) retain(ctx context.Context) {
	if m.options.Keep.KeepsAll() {
		return
	}
	m.announceRetention(time.Now().Add(m.options.Rescan))
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(m.options.Rescan): // by then the clock of a starting host is right
		}
		if _, err := m.expire(ctx); err != nil {
			m.alarm(event.Failed, "", "generations not removed", err)
		}
	}
}

// announceRetention logs how many generations of the catalog are not kept, and when their removal
// begins.
func (m *Mirror) announceRetention(at time.Time) {
	runs, expired := 0, 0
	for _, run := range m.catalog.Runs() {
		generations, err := m.catalog.Expired(run, m.options.Keep, m.catalog.Now())
		if err == nil && len(generations) > 0 { // an error is logged at their turn
			runs++
			expired += len(generations)
		}
	}
	m.log.Info("generations to be removed", event.Is(event.Retention), zap.Int(event.FieldExpired, expired),
		zap.Int(event.FieldRuns, runs), zap.Time(event.FieldAt, at))
}

// expire removes the ended generations that are not kept from the catalog. The backups follow once
// they have all of the run.
func (m *Mirror) expire(ctx context.Context) (all []catalog.Expired, err error) {
	if m.options.Keep.KeepsAll() {
		return nil, nil
	}
	for _, run := range m.catalog.Runs() {
		if ctx.Err() != nil {
			break
		}
		generations, removeErr := m.expireRun(run)
		if removeErr != nil {
			err = errors.Join(err, fmt.Errorf("run %q: %w", run, removeErr))
		}
		if len(generations) > 0 {
			all = append(all, catalog.Expired{Run: run, Generations: generations})
		}
	}
	return all, err
}

func (m *Mirror) expireRun(run string) ([]int64, error) {
	tx := m.catalog.Begin(run)
	defer tx.Close()
	if tx.Current == nil || tx.Damaged {
		return nil, nil // the ended generations may be all that is left
	}
	generations, err := m.catalog.Expired(run, m.options.Keep, m.catalog.Now())
	if err != nil || len(generations) == 0 {
		return nil, err
	}
	defer m.enqueueCopies(run)
	if err := tx.Remove(generations); err != nil {
		return nil, err
	}
	event.LogPruned(m.log, run, generations)
	return generations, nil
}

// checkAdopts returns an error if Prune would adopt runs, or prune a spared backup. In both cases
// the place may have been given by mistake and belong to another catalog.
func (m *Mirror) checkAdopts(ctx context.Context) error {
	var refused []string
	for _, r := range m.replicas {
		found, err := r.Adoptions(ctx)
		if err != nil {
			continue // the pass also fails there and reports it
		}
		switch {
		case len(found) == 0:
		case found[0].Spared:
			refused = append(refused, fmt.Sprintf("%s held runs of another catalog before this one first wrote there", r))
		default:
			refused = append(refused, fmt.Sprintf("%s has %s, and this catalog has never written there", r, store.Count(len(found), "run", "runs")))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("%s: its runs would be pruned; nothing was removed. See them with --dry-run; if it is the right place, give --yes",
		strings.Join(refused, "; "))
}
