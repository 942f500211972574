// Package usage explains errors to the user: which argument, flag or key is wrong, which word the
// user may mean, and what to do about a place that cannot be used. It reads and prints nothing.
package usage

import "fmt"

// Error means that the command was called wrongly: the exit status is 2.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error with the text of fmt.Errorf.
func Errorf(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }
