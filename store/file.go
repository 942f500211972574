package store

// File is what the source of one kind of a run's statistics holds: one file, or
// all files of a run directory together.
type File[R any] struct {
	Rows     R        // as in the source, not yet normalised
	Sources  []Source // in order of path
	Problems []string // notes on the content, for people to read
}
