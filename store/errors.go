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

// UnsettledError says that a source changed so lately, or while it was read,
// that what was read may be a mixture of old and new content.
type UnsettledError struct {
	Path  string
	After time.Duration // the soonest that trying again can help
}

func (e *UnsettledError) Error() string {
	return fmt.Sprintf("read %s: still changing, try again in %v", e.Path, e.After)
}

// TreeError says that the stats tree, or the directory of a kind, cannot be read:
// whatever the run, it is the same.
type TreeError struct{ Err error }

func (e *TreeError) Error() string { return "read stats tree: " + e.Err.Error() }
func (e *TreeError) Unwrap() error { return e.Err }

// InvalidError says that a settled source is no valid stats file. Trying again
// helps only when it has changed.
type InvalidError struct {
	Kind    Kind
	Run     string
	Path    string   // of the file at fault, as in Source
	Offset  int64    // of the byte at fault; -1 where the rows as a whole are
	SHA256  string   // of the whole file; empty where it is too large to be read
	Sources []Source // all files of the run; SHA256 is empty where not read
	Rows    int      // that can be saved
	Foreign bool     // it is not a pickle at all, but a file of something else
	Err     error    // the reason
}

// invalid returns the error of the file sources[at], of which err says what is
// wrong.
func invalid(kind Kind, run string, sources []Source, at, rows int, err error) *InvalidError {
	e := &InvalidError{
		Kind: kind, Run: run, Path: sources[at].Path, Offset: -1, SHA256: sources[at].SHA256,
		Sources: sources, Rows: rows, Err: err, Foreign: errors.Is(err, errForeign),
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
	if e.Offset < 0 {
		return fmt.Sprintf("read %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("read %s: byte %d: %v (%s can be saved)", e.Path, e.Offset, e.Err, Count(e.Rows, "row", "rows"))
}

// Unwrap returns the reason.
func (e *InvalidError) Unwrap() error { return e.Err }

// Torn reports whether the file ends in the middle: what a crash or a full
// disk during a store leaves behind.
func (e *InvalidError) Torn() bool { return errors.Is(e.Err, io.ErrUnexpectedEOF) }

// Hint says what a torn file means and what to do; it is empty for others. A file that is
// restorable, because a snapshot has rows of its kind, is repaired by a command with the
// flags given.
func (e *InvalidError) Hint(restorable bool, flags ...string) string {
	if !e.Torn() {
		return ""
	}
	if !restorable {
		hint := "DaCapo fails every load and store of this run until the file is moved away, and the catalog has no rows of it to restore"
		if e.Rows > 0 {
			hint += "; save its rows first: statsmirror inspect --salvage-to"
		}
		return hint
	}
	hint := "DaCapo fails every load and store of this run until the file is repaired: " + restoreCommand(e.Run, flags)
	if e.Rows > 0 {
		hint += "; rows of it that no snapshot has are saved by statsmirror inspect --salvage-to"
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

// quoteArgument quotes a run name for a POSIX shell where it needs it.
func quoteArgument(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:@%=/"
	if strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
