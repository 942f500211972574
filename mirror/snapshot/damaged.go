package snapshot

import "fmt"

// DamagedError says that what was read is no snapshot, or not the one that was
// written.
type DamagedError struct{ Err error }

func (e *DamagedError) Error() string { return "damaged snapshot: " + e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *DamagedError) Unwrap() error { return e.Err }

func damagedf(format string, args ...any) *DamagedError {
	return &DamagedError{fmt.Errorf(format, args...)}
}
