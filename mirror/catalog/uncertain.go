package catalog

import "statsmirror/mirror/snapshot"

// Uncertain means that a failed Commit may have replaced the current snapshot with one that might
// not survive a power cut. The snapshot that Head then opens is whole, and must be committed again.
type Uncertain struct {
	Before *snapshot.Meta // the current snapshot before that Commit; nil if there was none
}
