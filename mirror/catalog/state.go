package catalog

import (
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// State is what the catalog knows of a run at one moment.
type State struct {
	Current   *snapshot.Meta // the current snapshot; nil if the run has none
	Written   time.Time      // when it was written
	Damaged   bool           // it cannot be read
	Uncertain *Uncertain     // nil unless a Commit has failed since the last successful one
	Record    Record         // the sources and the backups, as last seen

	number    int64 // generation of the current snapshot, or of the first one to come
	numberErr error // why number is unknown
}

// State returns what the catalog knows of a run.
func (c *Catalog) State(run string) State {
	c.mu.Lock()
	e := c.hold(run)
	s, record := e.state(run), e.record
	c.mu.Unlock()
	s.Record = record.decode(run)
	return s
}

// state returns the State without the record, which takes longer to decode.
func (e *entry) state(run string) State {
	s := State{Current: e.current.meta(run), Written: time.Unix(0, e.since), Damaged: e.damaged, Uncertain: e.uncertain}
	s.number, s.numberErr = e.number()
	return s
}

// HasRows reports whether the current snapshot has rows of a kind.
func (s State) HasRows(kind store.Kind) bool {
	if s.Current == nil {
		return false
	}
	if kind == store.Training {
		return s.Current.TrainedUntil > 0
	}
	return s.Current.ValidatedUntil > 0
}
