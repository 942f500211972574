package store

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"statsmirror/store/pickle"
)

// ErrUnchanged means that a run was not read, because its files have the stamps that the caller
// knows.
var ErrUnchanged = errors.New("the files have not changed")

// UnsettledError means that a source changed a moment ago, or while it was read. The content read
// may be a mixture of old and new.
type UnsettledError struct {
	Path  string
	After time.Duration // the soonest time at which trying again can help
}

func (e *UnsettledError) Error() string {
	return fmt.Sprintf("read %s: still changing, try again in %v", e.Path, e.After)
}

// TreeError means that the stats tree, or the directory of a kind, cannot be read. It is the same
// error for every run.
type TreeError struct{ Err error }

func (e *TreeError) Error() string { return "read stats tree: " + e.Err.Error() }
func (e *TreeError) Unwrap() error { return e.Err }

// InvalidError means that a settled source is not a valid stats file. Trying again helps only after
// the file has changed.
type InvalidError struct {
	Kind    Kind
	Run     string
	Path    string   // of the faulty file, as in Source
	Offset  int64    // of the faulty byte; -1 if the rows as a whole are at fault, or the file is not a pickle
	SHA256  string   // of the whole file; "" if it is too large to be read
	Sources []Source // all files of the run; SHA256 is "" for files not read
	Rows    int      // how many can be saved
	Foreign bool     // the file is not a pickle, but belongs to something else
	Err     error    // the reason
}

// invalid returns the error of the file sources[at], caused by err.
func invalid(kind Kind, run string, sources []Source, at, rows int, err error) *InvalidError {
	_, foreign := errors.AsType[*foreignError](err)
	e := &InvalidError{
		Kind: kind, Run: run, Path: sources[at].Path, Offset: -1, SHA256: sources[at].SHA256,
		Sources: sources, Rows: rows, Err: err, Foreign: foreign,
	}
	var syntax *pickle.SyntaxError
	if errors.As(err, &syntax) {
		e.Offset, e.Err = syntax.Offset, syntax.Err
		if syntax.Opcode != "" {
			e.Err = fmt.Errorf("%s: %w", syntax.Opcode, syntax.Err)
		}
	}
	return e
}

func (e *InvalidError) Error() string {
	switch {
	case e.Foreign:
		return fmt.Sprintf("%s is %v", e.Path, e.Err)
	case e.Offset < 0:
		return fmt.Sprintf("read %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("read %s: byte %d: %v (%s can be saved)", e.Path, e.Offset, e.Err, Count(e.Rows, "row", "rows"))
}

// Unwrap returns the reason.
func (e *InvalidError) Unwrap() error { return e.Err }

// Torn reports whether the file ends in the middle, as a crash or a full disk during a store leaves
// it.
func (e *InvalidError) Torn() bool { return errors.Is(e.Err, io.ErrUnexpectedEOF) }

// Hint says what a file that DaCapo cannot load means, and what to do. It is "" for other files. If
// the file is restorable, a snapshot has rows of its kind, and the hint shows the command that
// restores them, with the given flags.
func (e *InvalidError) Hint(restorable bool, flags ...string) string {
	switch {
	case e.Foreign && restorable:
		return "DaCapo fails every load and store of this run; move the file elsewhere, then: " + restoreCommand(e.Run, flags)
	case e.Foreign:
		return "move it out of the stats tree, or list it under ignore in the configuration"
	case !e.Torn() && !errors.Is(e.Err, errZeros):
		return ""
	}
	if !restorable {
		hint := "DaCapo fails every load and store of this run until the file is moved away; the catalog has no rows to restore"
		if e.Rows > 0 {
			hint += "; save its rows first: statsmirror inspect --salvage-to"
		}
		return hint
	}
	hint := "DaCapo fails every load and store of this run until the file is repaired: " + restoreCommand(e.Run, flags)
	if e.Rows > 0 {
		hint += "; to save rows that no snapshot has: statsmirror inspect --salvage-to"
	}
	return hint
}

func restoreCommand(run string, flags []string) string {
	words := slices.Concat([]string{"statsmirror", "restore", run, "--in-place"}, flags)
	if strings.HasPrefix(run, "-") {
		words = slices.Concat([]string{"statsmirror", "restore", "--in-place"}, flags, []string{"--", run})
	}
	for i := range words {
		words[i] = quoteArgument(words[i])
	}
	return strings.Join(words, " ")
}

// quoteArgument quotes a run name for a POSIX shell if it needs quotes.
func quoteArgument(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:@%=/"
	if strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
