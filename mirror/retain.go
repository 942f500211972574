package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/event"
)

// retain removes ended generations from time to time until ctx is done, if not all
// are kept. It announces when it begins.
func (m *Mirror) retain(ctx context.Context) {
	if !m.options.Keep.keepsAll() {
		m.announceRetention(time.Now().Add(m.options.Rescan))
	}
	for !m.options.Keep.keepsAll() && pause(ctx, m.options.Rescan) { // by then the clock of a host that starts is right
		if _, err := m.expire(ctx); err != nil {
			m.alarm(event.Failed, "", "generations not removed", err)
		}
	}
}

// announceRetention logs how many generations of the catalog are not kept, and when they
// begin to be removed.
func (m *Mirror) announceRetention(at time.Time) {
	runs, expired := 0, 0
	for _, run := range m.catalog.Runs() {
		generations, err := m.catalog.expired(run, m.options.Keep, m.catalog.clock.earliest())
		if err == nil && len(generations) > 0 { // an error is logged when it is their turn
			runs++
			expired += len(generations)
		}
	}
	m.log.Info("generations to be removed", event.Is(event.Retention), zap.Int(event.FieldExpired, expired),
		zap.Int(event.FieldRuns, runs), zap.Time(event.FieldAt, at))
}

// expire removes the ended generations that are not kept from the catalog. The
// backups do so when they have them all.
func (m *Mirror) expire(ctx context.Context) (all []Expired, err error) {
	if m.options.Keep.keepsAll() {
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
			all = append(all, Expired{run, "", generations})
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
	generations, err := m.catalog.expired(run, m.options.Keep, m.catalog.clock.earliest())
	if err != nil || len(generations) == 0 {
		return nil, err
	}
	defer m.enqueueCopies(run)
	if err := tx.Remove(generations); err != nil {
		return nil, err
	}
	logRemoved(m.log, run, generations)
	return generations, nil
}

func logRemoved(log *zap.Logger, run string, generations []int64) {
	log.Info("generations removed", event.Is(event.Pruned), zap.String(event.FieldRun, run),
		zap.Int64s(event.FieldGenerations, generations))
}
