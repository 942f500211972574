package mirror

import (
	"time"

	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"

	"go.uber.org/zap"
)

// notePresence records whether a run's files exist. Once they have been missing for the grace, it
// logs that once; when they are back, it logs that once.
func (m *Mirror) notePresence(tx *catalog.Tx, present bool) error {
	r, run := tx.Record, tx.Run
	if present {
		return m.noteBack(run, r)
	}
	if tx.Current == nil || r.GoneLogged {
		return nil
	}
	since := r.GoneSince
	if since.IsZero() {
		since = time.Now()
	}
	left := m.options.Grace - time.Since(since)
	if left <= 0 {
		m.log.Warn("run gone", event.Is(event.Gone), zap.String(event.FieldRun, run), zap.Time(event.FieldGoneSince, since))
	} else {
		m.later(run, left)
	}
	return m.catalog.Update(run, func(r *catalog.Record) { r.GoneSince, r.GoneLogged = since, left <= 0 })
}

func (m *Mirror) noteBack(run string, r catalog.Record) error {
	if r.GoneSince.IsZero() {
		return nil
	}
	if r.GoneLogged {
		m.log.Info("run back", event.Is(event.Back), zap.String(event.FieldRun, run))
	}
	return m.catalog.Update(run, func(r *catalog.Record) { r.GoneSince, r.GoneLogged = time.Time{}, false })
}
