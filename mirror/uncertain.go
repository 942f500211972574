package mirror

import (
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// uncertain is about a snapshot that a Commit which failed may have replaced, by one that
// need not survive a power cut.
type uncertain struct {
	before *snapshot.Meta // the snapshot that was current then, nil for none
}

// Uncertain returns what is uncertain about the current snapshot of a run, nil for none. What
// Load returns then is whole, and has to be committed again.
func (c *Catalog) Uncertain(run string) *uncertain {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).uncertain
}

// resolve returns what has happened to a run since before it was uncertain. Only
// the last change is known.
func (d *uncertain) resolve(next *snapshot.Snapshot, last change) change {
	switch {
	case d.before == nil:
		return change{event: event.Stored}
	case next.Generation > d.before.Generation:
		return change{event.Overwritten, last.diverged}
	case snapshot.ContentSHA256(next) != d.before.ContentSHA256:
		return change{event: event.Extended}
	}
	return change{} // it had not been replaced
}
