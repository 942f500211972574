package mirror

import (
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// uncertain is about a snapshot that a Commit which failed may have replaced, by one that
// need not survive a power cut. What Head opens then is whole, and has to be committed again.
type uncertain struct {
	before *snapshot.Meta // the snapshot that was current then, nil for none
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
