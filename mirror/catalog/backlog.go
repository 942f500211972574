package catalog

import "time"

// Backlog is the files of a run in the catalog, and its copies in one backup.
type Backlog struct {
	Current      bool      // the run has a current snapshot
	Written      time.Time // when it was written
	files        []File    // that the backup should have
	RemovedUntil int64     // the generation up to which they may be missing
	copies       Copies    // in the backup
	reconciled   bool      // the catalog knows the copies
}

// Backlog returns the backlog of a run for a backup.
func (c *Catalog) Backlog(run, location string) Backlog {
	c.mu.Lock()
	e := c.hold(run)
	b := Backlog{Current: e.current != nil, Written: time.Unix(0, e.since), files: e.files(run), RemovedUntil: e.removed()}
	record := e.record
	c.mu.Unlock()
	b.copies, b.reconciled = record.copies(run, location)
	return b
}

// Lacks reports whether the backup lacks a file, or may lack one.
func (b Backlog) Lacks() bool {
	return !b.reconciled || !b.copies.Known() || len(b.copies.Missing(b.files)) > 0
}
