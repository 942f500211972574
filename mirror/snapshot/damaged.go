package snapshot

import "fmt"

// DamagedError means that a file is not a snapshot, or differs from the one written.
type DamagedError struct{ Err error }

func (e *DamagedError) Error() string { return "damaged snapshot: " + e.Err.Error() }

// Unwrap returns the damage.
func (e *DamagedError) Unwrap() error { return e.Err }

func damagedf(format string, args ...any) *DamagedError {
	return &DamagedError{fmt.Errorf(format, args...)}
}
