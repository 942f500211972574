package catalog

import (
	"time"

	"statsmirror/mirror/snapshot"
)

// Backlog is what one backup lacks of a run, as far as the catalog knows.
type Backlog struct {
	Current      bool      // the run has a current snapshot
	Written      time.Time // when it was written
	Copied       time.Time // when this catalog last copied it there, in any state; zero if unknown
	RemovedUntil int64     // the generation up to which files may be missing
	run          string
	missing      []File // that the backup should have
	known        bool   // the catalog knows the copies
}

// Backlog returns the backlog of a run for a backup.
func (c *Catalog) Backlog(run, location string) Backlog {
	c.mu.Lock()
	e := c.hold(run)
	b := Backlog{run: run, Current: e.current != nil, Written: time.Unix(0, e.since), RemovedUntil: e.removed()}
	files, record := e.files(run), e.record
	c.mu.Unlock()
	copies, reconciled := record.copies(run, location)
	b.Copied, b.known = copies[snapshot.Path(run)].Copied, reconciled && copies.Known()
	b.missing = copies.Missing(files)
	return b
}

// Lacks reports whether the backup lacks a file, or may lack one.
func (b Backlog) Lacks() bool { return !b.known || len(b.missing) > 0 }

// LacksOnlyCurrent reports whether the backup lacks the current snapshot, and nothing else.
func (b Backlog) LacksOnlyCurrent() bool {
	return b.known && len(b.missing) == 1 && b.missing[0].Name == snapshot.Path(b.run)
}
