package main

import (
	"errors"
	"fmt"

	"statsmirror/cmd/statsmirror/internal/usage"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitDone    = 0
	exitFailed  = 1 // something could not be done, or is late
	exitUsage   = 2 // wrong usage or configuration
	exitDamaged = 3 // data is damaged or invalid, or nothing is watched
)

// damagedError means that data is damaged or invalid.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// silentError is an exit status whose reason has been printed.
type silentError struct{ status int }

func (e *silentError) Error() string { return fmt.Sprint("exit status ", e.status) }

// arguments makes a wrong number of arguments a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage.Errorf("%w; usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}

func damagedErrorf(format string, args ...any) error {
	return &damagedError{fmt.Errorf(format, args...)}
}

func exitStatus(err error) int {
	if err == nil {
		return exitDone
	}
	if silent, ok := errors.AsType[*silentError](err); ok {
		return silent.status
	}
	if _, damaged := errors.AsType[*damagedError](err); damaged {
		return exitDamaged
	}
	if _, wrong := errors.AsType[*usage.Error](err); wrong {
		return exitUsage
	}
	return exitFailed
}

// worst joins errors. The exit status is that of damage if one of them is damage.
func worst(failures []error) error {
	joined := errors.Join(failures...)
	for _, failure := range failures {
		if exitStatus(failure) == exitDamaged {
			return &damagedError{joined}
		}
	}
	return joined
}
