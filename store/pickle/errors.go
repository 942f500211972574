package pickle

import (
	"errors"
	"fmt"
	"io"

	"statsmirror/store/pickle/internal/opcode"
)

// SyntaxError says that the input is no pickle of the grammar, or holds no
// rows of the layout.
type SyntaxError struct {
	Offset int64  // of the opcode at fault
	Opcode string // its name as in Python's pickletools; "" at the end of the input
	Row    int    // how many rows are before it
	Err    error  // the reason: io.ErrUnexpectedEOF if the input ends too soon, errors.ErrUnsupported if Python may read it
}

func (e *SyntaxError) Error() string {
	at := ""
	if e.Opcode != "" {
		at = " (" + e.Opcode + ")"
	}
	return fmt.Sprintf("byte %d%s, after %d rows: %v", e.Offset, at, e.Row, e.Err)
}

// Unwrap returns the reason.
func (e *SyntaxError) Unwrap() error { return e.Err }

// readError is what the reader failed with; it is no fault of the pickle.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }

var (
	errTruncated  = fmt.Errorf("the pickle ends in the middle: %w", io.ErrUnexpectedEOF)
	errUnderflow  = errors.New("the stack has too few items")
	errForgotten  = unsupported("refers to an object of an earlier batch of rows, which is too large to be kept")
	errUnknownRef = errors.New("refers to an object that is not there")
	errNoMark     = errors.New("no MARK on the stack")
)

// unsupportedError is the reason for refusing a pickle that Python may read. It
// matches [errors.ErrUnsupported].
type unsupportedError struct{ reason string }

func (e *unsupportedError) Error() string { return "unsupported: " + e.reason }

func (e *unsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

func unsupported(format string, args ...any) error {
	return &unsupportedError{fmt.Sprintf(format, args...)}
}

func limitError(what string, limit int) error {
	return unsupported("more than %d %s", limit, what)
}

// unknownOpcode returns the error of an opcode that is not part of the grammar.
func unknownOpcode(op byte) error {
	if opcode.Exists(op) {
		return unsupported("this opcode refers to something outside of the pickle")
	}
	return errors.New("not an opcode of pickles")
}
