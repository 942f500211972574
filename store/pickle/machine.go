package pickle

import (
	"io"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

// machine executes the opcodes of one pickle as Python's Unpickler does, but its values are data:
// it makes no objects and calls nothing. Rows become columns as soon as they are appended to the
// list of rows.
type machine struct {
	window
	heap heap.Heap

	layout Layout
	table  *Table

	stack []heap.Value
	marks []int // heights of the stack at the MARKs

	op       byte  // the opcode being executed
	at       int64 // its offset
	boundary bool  // a row may begin with the next opcode
	list     bool  // the list of rows has been found
	worked   int64 // values that went into rows
	keys     [template.MaxColumns]keyColumn
	fast     fast

	frameEnd int64 // where the last frame ends, by its length
}

func (m *machine) reset(layout Layout, r io.Reader, t *Table, s *heap.Sharing) {
	m.window.reset(r)
	m.heap.Reset(s)
	m.layout = layout
	m.table = t
	m.stack, m.marks = m.stack[:0], m.marks[:0]
	m.boundary, m.list, m.worked, m.frameEnd = false, false, 0, 0
	m.keys = [template.MaxColumns]keyColumn{}
	m.fast = fast{}
}

// release frees the memory that grew with the input, and everything the caller owns.
func (m *machine) release() {
	m.r, m.table = nil, nil
	m.heap.Release()
	if cap(m.stack) > maxStack/8 {
		m.stack = nil
	}
}

func (m *machine) push(v heap.Value) error {
	if len(m.stack) >= maxStack {
		return heap.LimitError("items on the stack", maxStack)
	}
	m.stack = append(m.stack, v)
	return nil
}

// floor is the height below which the stack belongs to an outer MARK.
func (m *machine) floor() int {
	if n := len(m.marks); n > 0 {
		return m.marks[n-1]
	}
	return 0
}

// underflow returns the error of an opcode that needs more items than the stack has. The fast paths
// may have taken them.
func (m *machine) underflow() error {
	if m.fast.flushed && m.floor() == m.fast.open {
		return heap.ErrForgotten
	}
	return errUnderflow
}

func (m *machine) top() (heap.Value, error) {
	n := len(m.stack)
	if n <= m.floor() {
		return heap.Value{}, m.underflow()
	}
	return m.stack[n-1], nil
}

func (m *machine) pop() (heap.Value, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

// popN takes the topmost n items, which stay valid until the next push.
func (m *machine) popN(n int) ([]heap.Value, error) {
	at := len(m.stack) - n
	if at < m.floor() {
		return nil, m.underflow()
	}
	items := m.stack[at:]
	m.stack = m.stack[:at]
	return items, nil
}

// popMark takes the items above the last MARK, which stay valid until the next
// push.
func (m *machine) popMark() ([]heap.Value, error) {
	n := len(m.marks)
	if n == 0 {
		return nil, errNoMark
	}
	at := m.marks[n-1]
	if m.fast.flushed && at == m.fast.open && m.op != opcode.Appends {
		return nil, heap.ErrForgotten // the batch did not belong to the list of rows after all
	}
	m.marks = m.marks[:n-1]
	items := m.stack[at:]
	m.stack = m.stack[:at]
	return items, nil
}

// forgetRows forgets the objects of rows that have become columns, once they are many.
func (m *machine) forgetRows() {
	if m.heap.Crowded() {
		m.heap.Forget()
	}
}
