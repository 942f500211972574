package pickle

import (
	"errors"
	"fmt"
	"io"
)

// Decoder decodes pickles of one layout. It can be used again, not at the same
// time by several goroutines.
type Decoder struct {
	layout  Layout
	careful bool // without fast paths
	general bool // without the loop for the commonest rows
	m       machine
}

// NewDecoder returns a Decoder for rows of the layout.
func NewDecoder(layout Layout) *Decoder { return &Decoder{layout: layout} }

// Decode decodes the pickle that r holds.
//
// If the input is no valid pickle of the grammar, the error is a *SyntaxError,
// and the Table holds the rows that were complete before it: those that can be
// saved of a torn file. Any other error is one of r.
func (d *Decoder) Decode(r io.Reader) (*Table, error) {
	t, err := d.decode(r, d.careful)
	if !errors.Is(err, errGoesOn) && (!errors.Is(err, errForgotten) || !d.m.fast.flushed) {
		return t, err
	}
	// A row refers to one that the fast paths took, or goes on with a list that they
	// took for complete. Such files are rare enough to be read a second time, by the
	// machine alone.
	s, ok := r.(io.Seeker)
	if !ok {
		return t, err
	}
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return t, fmt.Errorf("read again: %w", err)
	}
	return d.decode(r, true)
}

func (d *Decoder) decode(r io.Reader, careful bool) (*Table, error) {
	m := &d.m
	m.reset(d.layout, r)
	m.fast.off = careful
	m.fast.general = d.general
	err := m.run()
	if err == nil {
		err = m.finish()
	}
	if err == nil {
		return m.table, nil
	}
	if failed, ok := errors.AsType[*readError](err); ok {
		return m.table, failed.err
	}
	row := m.table.Rows
	m.salvage()
	e := &SyntaxError{Offset: m.at, Row: row, Err: err}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		e.Opcode = opcodeName(m.op)
	}
	return m.table, e
}
