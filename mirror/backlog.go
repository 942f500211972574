package mirror

import "time"

// backlog is what the catalog has of a run, and what it knows of one backup.
type backlog struct {
	current    bool      // there is a current snapshot
	written    time.Time // when it was written
	files      []file    // that the backup is to have
	removed    int64     // up to which generation they may be missing
	copies     copies    // in the backup
	reconciled bool      // it is known which copies there are
}

// backlog returns what there is of a run, and what is known of a backup.
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
