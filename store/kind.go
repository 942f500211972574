package store

// Kind names one of the two statistics of a run. Its value is the name of the
// directory in the stats tree that holds them.
type Kind string

// The two kinds, in the order in which they are read.
const (
	Training   Kind = "training_stats"
	Validation Kind = "validation_scores"
)

// Kinds lists every Kind.
var Kinds = [...]Kind{Training, Validation}
