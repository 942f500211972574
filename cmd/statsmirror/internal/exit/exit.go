// Package exit knows the exit statuses of the program, and which errors mean which.
package exit

import (
	"errors"
	"fmt"

	"statsmirror/cmd/statsmirror/internal/usage"
)

// Exit statuses.
const (
	Done    = 0
	Failed  = 1 // something could not be done, or is late
	Usage   = 2 // wrong usage or configuration
	Damaged = 3 // data is damaged or invalid, or nothing is watched
)

// damagedError means that data is damaged or invalid.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// silentError is an exit status whose reason has been printed.
type silentError struct{ status int }

func (e *silentError) Error() string { return fmt.Sprint("exit status ", e.status) }

// Damagedf returns an error with the text of fmt.Errorf, whose status is Damaged.
func Damagedf(format string, args ...any) error {
	return &damagedError{fmt.Errorf(format, args...)}
}

// Silent returns an error whose reason has been printed.
func Silent(status int) error { return &silentError{status} }

// IsSilent reports whether the reason of an error has been printed.
func IsSilent(err error) bool {
	_, silent := errors.AsType[*silentError](err)
	return silent
}

// Status returns the exit status for an error, which may be nil.
func Status(err error) int {
	if err == nil {
		return Done
	}
	if silent, ok := errors.AsType[*silentError](err); ok {
		return silent.status
	}
	if _, damaged := errors.AsType[*damagedError](err); damaged {
		return Damaged
	}
	if _, wrong := errors.AsType[*usage.Error](err); wrong {
		return Usage
	}
	return Failed
}

// Worst joins errors. Its status is Damaged if one of them is damage.
func Worst(failures []error) error {
	joined := errors.Join(failures...)
	for _, failure := range failures {
		if Status(failure) == Damaged {
			return &damagedError{joined}
		}
	}
	return joined
}
