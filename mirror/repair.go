package mirror

import (
	"errors"
	"io/fs"
	"maps"
	"slices"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/catalog"
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

// logDamagedEnded logs which ended generations of a run are damaged. verify reports missing ones.
func (m *Mirror) logDamagedEnded(run string) {
	damaged := m.catalog.DamagedEnded(run)
	for _, generation := range slices.Sorted(maps.Keys(damaged)) {
		event.LogDamaged(m.log, run, snapshot.HistoryPath(run, generation), generation, damaged[generation])
	}
}

// logAside logs that an ended generation was set aside.
func (m *Mirror) logAside(run, name string, generation int64, reason error) {
	m.log.Error("ended generation set aside", event.Is(event.Damaged), zap.String(event.FieldRun, run),
		zap.String(event.FieldPath, name), zap.Int64(event.FieldGeneration, generation), zap.NamedError(event.FieldErr, reason))
}

// replace sets the damaged snapshot of a run aside. Then the run is adopted from a backup, or else
// stored again from its sources.
func (m *Mirror) replace(tx *catalog.Tx) error {
	damage := tx.Check()
	if !archive.IsDamaged(damage) && !errors.Is(damage, fs.ErrNotExist) { // missing means that it was set aside, but not durably
		return damage
	}
	name, err := tx.SetAside()
	if err != nil {
		return err
	}
	m.log.Error("snapshot damaged", event.Is(event.Damaged), zap.String(event.FieldRun, tx.Run),
		zap.String(event.FieldPath, name), zap.NamedError(event.FieldErr, damage))
	m.enqueueCopies(tx.Run)
	m.Enqueue(tx.Run)
	return errAwaitsAdoption
}
