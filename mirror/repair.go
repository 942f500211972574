package mirror

import (
	"errors"
	"io/fs"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"

	"go.uber.org/zap"
)

// replaceDamaged replaces the snapshots that are known to be damaged.
func (m *Mirror) replaceDamaged() {
	for _, run := range m.catalog.Runs() {
		if m.catalog.Damaged(run) {
			m.replaceDamagedRun(run)
		}
		m.logDamagedEnded(run)
	}
}

func (m *Mirror) replaceDamagedRun(run string) {
	tx := m.catalog.Begin(run)
	defer tx.Close()
	m.handle(run, m.replace(tx))
}

// logDamagedEnded says which ended generations of a run are damaged. One that is missing
// is told by verify.
func (m *Mirror) logDamagedEnded(run string) {
	for _, generation := range m.catalog.damagedEnded(run) {
		name := snapshot.HistoryPath(run, generation)
		if _, _, err := m.catalog.note(name, snapshot.ReadMeta); archive.IsDamaged(err) {
			logDamagedEnded(m.log, run, name, generation, err)
		}
	}
}

func logDamagedEnded(log *zap.Logger, run, name string, generation int64, err error) {
	log.Error("ended generation damaged", event.Is(event.Damaged), zap.String(event.FieldRun, run),
		zap.String(event.FieldPath, name), zap.Int64(event.FieldGeneration, generation), zap.NamedError(event.FieldErr, err))
}

// logAside says that an ended generation was set aside.
func (m *Mirror) logAside(run, name string, generation int64, reason error) {
	m.log.Error("ended generation set aside", event.Is(event.Damaged), zap.String(event.FieldRun, run),
		zap.String(event.FieldPath, name), zap.Int64(event.FieldGeneration, generation), zap.NamedError(event.FieldErr, reason))
}

// replace sets the damaged snapshot of a run aside, so that the run is adopted
// from a backup, or else stored anew from its sources.
func (m *Mirror) replace(tx *Tx) error {
	damage := tx.Check()
	if !archive.IsDamaged(damage) && !errors.Is(damage, fs.ErrNotExist) { // the latter: it was set aside, though not durably
		return damage
	}
	name, err := tx.SetAside()
	if err != nil {
		return err
	}
	m.log.Error("snapshot damaged", event.Is(event.Damaged), zap.String(event.FieldRun, tx.run),
		zap.String(event.FieldPath, name), zap.NamedError(event.FieldErr, damage))
	m.enqueueCopies(tx.run)
	m.Enqueue(tx.run)
	return errAwaitsAdoption
}
