package pickle

import (
	"errors"
	"fmt"
	"io"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
)

// SyntaxError means that the input is not a pickle of the grammar, or does not hold rows of the
// layout.
type SyntaxError struct {
	Offset int64  // of the faulty opcode
	Opcode string // its name as in Python's pickletools; "" at the end of the input
	Row    int    // number of rows before it
	Err    error  // the reason: io.ErrUnexpectedEOF if the input ends too soon, errors.ErrUnsupported if Python may read it
}

func (e *SyntaxError) Error() string {
	at := ""
	if e.Opcode != "" {
		at = " (" + e.Opcode + ")"
	}
	rows := "rows"
	if e.Row == 1 {
		rows = "row"
	}
	return fmt.Sprintf("byte %d%s, after %d %s: %v", e.Offset, at, e.Row, rows, e.Err)
}

// Unwrap returns the reason.
func (e *SyntaxError) Unwrap() error { return e.Err }

// A readError is an error of the reader; the pickle itself may be sound.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }

var (
	errTruncated = truncatedError{}
	errUnderflow = errors.New("the stack has too few items")
	errNoMark    = errors.New("no MARK on the stack")
)

type truncatedError struct{}

func (truncatedError) Error() string { return "the pickle ends in the middle" }
func (truncatedError) Unwrap() error { return io.ErrUnexpectedEOF }

// unknownOpcode returns the error of an opcode that is not part of the grammar.
func unknownOpcode(op byte) error {
	if opcode.Exists(op) {
		return heap.Unsupported("this opcode refers outside the pickle")
	}
	return errors.New("not a pickle opcode")
}
