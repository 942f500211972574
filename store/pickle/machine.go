package pickle

import (
	"io"
	"math"

	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

// machine executes the opcodes of one pickle, as Python's Unpickler does, but
// over values that are data: it makes no objects and calls nothing. Rows become
// columns as soon as they are put into the list of rows.
type machine struct {
	window
	heap
	memo

	layout Layout
	table  *Table

	stack []value
	marks []int // heights of the stack at the MARKs

	op       byte  // being executed
	at       int64 // its offset
	boundary bool  // a row may begin with the next opcode
	list     bool  // the list of rows has been found
	worked   int64 // values that rows were made of
	keys     [template.MaxColumns]keyColumn
	fast     fast

	opaqueNames   []string // of unknown classes and functions
	opaqueNumbers map[string]uint64
	frameEnd      int64 // how far the frames say that the input goes
}

func (m *machine) reset(layout Layout, r io.Reader, t *Table, s *sharing) {
	m.window.reset(r)
	m.heap = heap{interned: map[string]uint64{}}
	m.memo = memo{recent: m.memo.recent[:0], kept: map[int]value{}, shared: s}
	m.layout = layout
	m.table = t
	m.stack, m.marks = m.stack[:0], m.marks[:0]
	m.boundary, m.list, m.worked = false, false, 0
	m.keys = [template.MaxColumns]keyColumn{}
	m.fast = fast{}
	m.opaqueNames, m.opaqueNumbers, m.frameEnd = nil, nil, 0
}

// release lets go of what is the caller's, and of what grows with the input.
func (m *machine) release() {
	m.r, m.table, m.heap, m.kept, m.shared = nil, nil, heap{}, nil, nil
	if cap(m.recent) > maxRecent {
		m.recent = nil
	}
	if cap(m.stack) > maxRecent {
		m.stack = nil
	}
}

// run executes opcodes up to STOP.
func (m *machine) run() error {
	for {
		if m.boundary && !m.fast.off {
			m.boundary = false
			if err := m.rowsAhead(); err != nil {
				return err
			}
		}
		m.at = m.offset()
		if m.pos == m.end {
			if err := m.fill(1); err != nil {
				return err
			}
		}
		m.op = m.buf[m.pos]
		m.pos++
		height, marks, rows := len(m.stack), len(m.marks), m.table.Rows
		var err error
		switch m.op { // the few that rows are made of; the others by the table
		case opcode.Memoize:
			err = m.memoize()
		case opcode.BinGet:
			err = m.binGet()
		case opcode.BinFloat:
			err = m.binFloat()
		case opcode.BinInt1, opcode.BinInt2, opcode.BinInt:
			err = m.binInt()
		case opcode.Stop:
			return nil
		default:
			err = m.execute()
		}
		if err != nil {
			if m.table.Rows == rows { // what the opcode took off may be rows to be saved
				m.stack, m.marks = m.stack[:height], m.marks[:marks]
			}
			return err
		}
	}
}

// execute executes an opcode that is not one of the commonest.
func (m *machine) execute() error {
	execute := handlers[m.op]
	if execute == nil {
		return unknownOpcode(m.op)
	}
	if err := execute(m); err != nil {
		return err
	}
	return m.hold(0)
}

// handlers has what executes each opcode of the grammar.
var handlers [256]func(*machine) error

func init() {
	for _, family := range []map[byte]func(*machine) error{
		structureHandlers, memoHandlers, numberHandlers, textHandlers, containerHandlers, objectHandlers,
	} {
		for op, execute := range family {
			handlers[op] = execute
		}
	}
}

var structureHandlers = map[byte]func(*machine) error{
	opcode.Proto: func(m *machine) error {
		b, err := m.take(1)
		if err == nil && b[0] > 5 {
			err = unsupported("protocol %d", b[0])
		}
		return err
	},
	opcode.Frame: (*machine).frame,
	opcode.Mark: func(m *machine) error {
		if len(m.marks) >= maxDepth {
			return limitError("open MARKs", maxDepth)
		}
		m.marks = append(m.marks, len(m.stack))
		m.boundary = true
		return nil
	},
	opcode.Pop: func(m *machine) error {
		m.spoil()
		if n := len(m.marks); n > 0 && m.marks[n-1] == len(m.stack) {
			_, err := m.popMark()
			return err
		}
		_, err := m.pop()
		return err
	},
	opcode.PopMark: func(m *machine) error {
		m.spoil()
		_, err := m.popMark()
		return err
	},
	opcode.Dup: func(m *machine) error {
		m.spoil()
		v, err := m.top()
		if err != nil {
			return err
		}
		return m.push(v)
	},
}

// frame reads how long a frame is. Python wants all of its bytes to be there, and
// else takes no notice of frames.
func (m *machine) frame() error {
	m.spoil()
	b, err := m.take(8)
	if err != nil {
		return err
	}
	m.frameEnd = max(m.frameEnd, opcode.FrameEnd(m.offset(), b))
	return nil
}

func (m *machine) push(v value) error {
	if len(m.stack) >= maxStack {
		return limitError("items on the stack", maxStack)
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

// underflow returns the error of an opcode that wants more items than there
// are. The fast paths may have taken them.
func (m *machine) underflow() error {
	if m.fast.flushed && m.floor() == m.fast.open {
		return errForgotten
	}
	return errUnderflow
}

func (m *machine) top() (value, error) {
	n := len(m.stack)
	if n <= m.floor() {
		return value{}, m.underflow()
	}
	return m.stack[n-1], nil
}

func (m *machine) pop() (value, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

// popN takes the topmost n items, which stay valid until the next push.
func (m *machine) popN(n int) ([]value, error) {
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
func (m *machine) popMark() ([]value, error) {
	n := len(m.marks)
	if n == 0 {
		return nil, errNoMark
	}
	at := m.marks[n-1]
	if m.fast.flushed && at == m.fast.open && m.op != opcode.Appends {
		return nil, errForgotten // the batch was not for the list of rows after all
	}
	m.marks = m.marks[:n-1]
	items := m.stack[at:]
	m.stack = m.stack[:at]
	return items, nil
}

// crowded reports whether the objects of rows have become many.
func (m *machine) crowded() bool { return len(m.recent) >= maxRecent || m.heap.size() >= maxRecent }

// forgetRows forgets the objects of rows that have become columns, when they
// have become many.
func (m *machine) forgetRows() {
	if m.crowded() {
		m.settle(&m.heap)
		m.heap.forget()
	}
}

func float(v float64) value { return value{kind: kindFloat, bits: math.Float64bits(v)} }

func integer(v int64) value { return value{kind: kindInt, bits: uint64(v)} }
