package mirror

import (
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// uncertain says that a failed Commit may have replaced the current snapshot by one that need
// not survive a power cut. The snapshot that Head opens then is whole, and has to be committed
// again.
type uncertain struct {
	before *snapshot.Meta // the snapshot that was current then, nil for none
}

// resolve returns the change of a run from before the failed Commit to next. last is only the
// last part of that change.
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
