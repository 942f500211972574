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
	missing      []File    // that the backup should have
	known        bool      // the catalog knows the copies
	grown        bool      // the backup has a verified state of the current generation
}

// Backlog returns the backlog of a run for a backup.
func (c *Catalog) Backlog(run, location string) Backlog {
	c.mu.Lock()
	e := c.hold(run)
	b := Backlog{Current: e.current != nil, Written: time.Unix(0, e.since), RemovedUntil: e.removed()}
	files, record := e.files(run), e.record
	c.mu.Unlock()
	copies, reconciled := record.copies(run, location)
	there := copies[snapshot.Path(run)]
	b.Copied, b.known, b.missing = there.Copied, reconciled && copies.Known(), copies.Missing(files)
	last := len(b.missing) - 1
	b.grown = last >= 0 && there.State == RemoteVerified && b.missing[last].Name == there.Info.Name && b.missing[last].Generation == there.Generation
	return b
}

// Lacks reports whether the backup lacks a file, or may lack one.
func (b Backlog) Lacks() bool { return !b.known || len(b.missing) > 0 }

// LacksOnlyGrowth reports whether the backup has an earlier state of the current generation, and
// lacks no other file.
func (b Backlog) LacksOnlyGrowth() bool { return b.known && b.grown && len(b.missing) == 1 }
