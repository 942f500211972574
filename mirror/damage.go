package mirror

import (
	"go.uber.org/zap"
)

// replaceDamaged replaces the snapshots that are known to be damaged.
func (m *Mirror) replaceDamaged() {
	for _, run := range m.catalog.Runs() {
		if m.catalog.Damaged(run) {
			m.handle(run, m.replace(run))
		}
	}
}

// replace sets the damaged snapshot of a run aside, so that the run is adopted
// from a backup, or else stored anew from its sources.
func (m *Mirror) replace(run string) error {
	damage := m.catalog.Check(run)
	if !IsDamaged(damage) {
		return damage
	}
	name, err := m.catalog.SetAside(run)
	if err != nil {
		return err
	}
	m.log.Error("snapshot damaged", zap.String(fieldEvent, eventDamaged), zap.String(fieldRun, run),
		zap.String(fieldPath, name), zap.NamedError(fieldErr, damage))
	for _, r := range m.replicas {
		r.touch(run)
	}
	m.Mark(run)
	return errAwaitsAdoption
}
