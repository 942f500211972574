package pickle

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
)

// Decoder decodes pickles of one layout. It may decode several at a time.
type Decoder struct {
	layout   Layout
	careful  bool      // without fast paths
	general  bool      // without the loop for rows of a fixed size
	machines sync.Pool // of *machine
	tables   sync.Pool // of *Table that nobody uses
}

// NewDecoder returns a Decoder for rows of the layout.
func NewDecoder(layout Layout) *Decoder { return &Decoder{layout: layout} }

// Decode decodes the pickle in r.
//
// If the input is not a valid pickle of the grammar, the error is a *SyntaxError. The Table then
// holds the rows that were complete before the error, which saves the rows of a torn file. Any
// other error comes from r.
func (d *Decoder) Decode(r io.Reader) (*Table, error) {
	m, _ := d.machines.Get().(*machine)
	if m == nil {
		m = &machine{}
	}
	defer d.machines.Put(m)
	defer m.release()
	t, err := d.decode(m, r, d.careful, nil)
	again, ok := r.(io.Seeker)
	if !ok || !errors.Is(err, errGoesOn) && !errors.Is(err, heap.ErrForgotten) {
		return t, err
	}
	// A row refers to a row of an earlier batch, or extends a list that the fast paths took for
	// complete. Such files are rare enough to be read again, by the machine alone.
	s := heap.NewSharing()
	for range 2 { // the first pass notes which objects rows share, the second keeps them
		if _, err := again.Seek(0, io.SeekStart); err != nil {
			return t, fmt.Errorf("read again: %w", err)
		}
		t, err = d.decode(m, r, true, s)
		s.Keep()
	}
	return t, err
}

// Reuse gives the memory of a table to later ones. The table must not be used afterwards.
func (d *Decoder) Reuse(t *Table) { d.tables.Put(t) }

// table returns a table without rows.
func (d *Decoder) table() *Table {
	t, _ := d.tables.Get().(*Table)
	if t == nil {
		return newTable(len(d.layout.Columns))
	}
	t.reset()
	return t
}

func (d *Decoder) decode(m *machine, r io.Reader, careful bool, s *heap.Sharing) (*Table, error) {
	m.reset(d.layout, r, d.table(), s)
	m.fast.off = careful
	m.fast.general = d.general
	err := m.run()
	if err == nil {
		err = m.finish()
	}
	m.table.Opaque = m.heap.FirstOpaque()
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
		e.Opcode = opcode.Name(m.op)
	}
	return m.table, e
}
