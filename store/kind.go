package store

import "slices"

// Kind names one of the two kinds of statistics of a run. Its value is the name of their directory
// in the stats tree.
type Kind string

// The two kinds, in the order in which they are read.
const (
	Training   Kind = "training_stats"
	Validation Kind = "validation_scores"
)

// Kinds lists every Kind.
var Kinds = [...]Kind{Training, Validation}

// IsKind reports whether a name is that of the directory of a Kind.
func IsKind(name string) bool { return slices.Contains(Kinds[:], Kind(name)) }
