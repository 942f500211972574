package mirror

import "time"

// backlog is the files of a run in the catalog, and its copies in one backup.
type backlog struct {
	current    bool      // the run has a current snapshot
	written    time.Time // when it was written
	files      []file    // that the backup is to have
	removed    int64     // up to which generation they may be missing
	copies     copies    // in the backup
	reconciled bool      // the catalog knows which copies there are
}

// backlog returns the backlog of a run for a backup.
func (c *Catalog) backlog(run, location string) backlog {
	c.mu.Lock()
	e := c.hold(run)
	b := backlog{current: e.current != nil, written: time.Unix(0, e.since), files: e.files(run), removed: e.removed()}
	record := e.record
	c.mu.Unlock()
	b.copies, b.reconciled = record.copies(run, location)
	return b
}

// lacks reports whether the backup lacks a file, or may.
func (b backlog) lacks() bool {
	return !b.reconciled || !b.copies.known() || len(b.copies.missing(b.files)) > 0
}
