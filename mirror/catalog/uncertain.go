package catalog

import "statsmirror/mirror/snapshot"

// Uncertain says that a failed Commit may have replaced the current snapshot by one that need
// not survive a power cut. The snapshot that Head opens then is whole, and has to be committed
// again.
type Uncertain struct {
	Before *snapshot.Meta // the snapshot that was current then, nil for none
}
