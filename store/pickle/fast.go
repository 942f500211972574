package pickle

import (
	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

// fast is the state of the fast paths. The machine decodes rows itself until one has shown its
// shape: the bytes of that row become a template, literal bytes with a hole for each number. Rows
// that match it become columns without the machine. The machine decodes the others, from their
// first byte on. A template that keeps missing is learned again.
type fast struct {
	off     bool // the machine decodes everything
	general bool // without the loop for rows of a fixed size

	template *template.Template
	misses   int  // consecutive rows that did not match
	flushed  bool // rows became columns before their batch was complete
	open     int  // the height of the MARK of that batch

	learner  template.Learner
	height   int  // of the stack before the row being learned
	memo     int  // objects memoized before it
	failures uint // consecutive rows that could not be learned
	pause    int  // rows to let pass before learning again
}

const (
	maxMisses = 16
	maxPause  = 1 << 10
	maxLooked = 64 // keys and values of a row that atRow checks again each time
)

// rowsAhead is called where a row may begin. It lets the template decode matching rows, or begins
// or ends learning a row.
func (m *machine) rowsAhead() error {
	f := &m.fast
	if f.off || !m.atRow() {
		return nil
	}
	if f.learner.On {
		m.learn()
	}
	if m.heap.Crowded() {
		if err := m.flush(); err != nil {
			return err
		}
		m.forgetRows()
	}
	if f.template == nil {
		m.beginLearning()
		return nil
	}
	n, err := m.runTemplate()
	if err != nil {
		return err
	}
	if n > 0 {
		f.misses = 0
	} else if f.misses++; f.misses >= maxMisses || !f.template.Counts(m.heap.Memoized()) {
		f.template, f.misses = nil, 0
	}
	return nil
}

// atRow reports whether the stack is the list of rows, a MARK, and complete
// rows.
func (m *machine) atRow() bool {
	n := len(m.marks)
	if n == 0 || !m.list && len(m.stack) == 1 {
		return false
	}
	at := m.marks[n-1]
	if at == 0 || !m.rowsBelong(at-1) || !m.takesRows(m.stack[at-1]) {
		return false
	}
	var fields [template.MaxColumns]heap.Value
	for _, v := range m.stack[max(at, len(m.stack)-2):] { // a dict may still become the state of an object
		if o := m.heap.Object(v); o != nil && o.State.Kind == heap.KindNone {
			return false
		}
		state, err := m.state(v)
		if err != nil || state.Len > maxLooked || m.fieldsOf(state, &fields) != nil {
			return false
		}
	}
	return true
}

// flush turns the rows on the stack into rows of the table, so that more can follow.
func (m *machine) flush() error {
	at := m.marks[len(m.marks)-1]
	m.fast.flushed, m.fast.open = true, at
	items := m.stack[at:]
	if len(items) == 0 {
		return nil
	}
	if !m.list {
		c, err := m.heap.Container(m.stack[at-1])
		if err != nil {
			return err
		}
		m.startRows(c)
	}
	m.stack = m.stack[:at]
	for _, v := range items {
		if err := m.addRow(v); err != nil {
			return err
		}
	}
	return nil
}

// runTemplate decodes rows as long as they match the template, across batches, and returns their
// number.
func (m *machine) runTemplate() (total int, err error) {
	t := m.fast.template
	for {
		if m.end-m.pos < t.Need() {
			if err := m.fill(t.Need()); err != nil && !m.eof {
				return total, err
			}
		}
		if m.pos == m.end || m.buf[m.pos] != t.First {
			return total, nil
		}
		if total == 0 {
			if err := m.flush(); err != nil {
				return 0, err
			}
		}
		n := m.takeRows(t)
		total += n
		if n == 0 || m.end-m.pos < t.Need() && m.eof {
			return total, nil
		}
		if m.end-m.pos >= t.Need() && m.buf[m.pos] == opcode.Appends && m.buf[m.pos+1] == opcode.Mark {
			m.pos += 2
		}
	}
}

// takeRows decodes the matching rows in the window.
func (m *machine) takeRows(t *template.Template) int {
	var room template.Columns
	rows := m.table.columns(m.layout.Columns, &room)
	n, end, memoized := t.Decode(m.buf[m.pos:m.end], &room, rows, m.heap.Memoized(), m.fast.general)
	m.pos += end
	m.frameEnd = max(m.frameEnd, m.base+int64(cap(m.buf))+room.FrameEnd)
	m.heap.Skip(memoized)
	m.table.take(m.layout.Columns, n)
	return n
}

// doubleList takes the rest of a list of doubles in one step. It is called after EMPTY_LIST. It
// takes nothing if the list holds anything else.
func (m *machine) doubleList() bool {
	rest := m.buf[m.pos:m.end]
	n, size := template.MeasureDoubles(rest, m.heap.Memoized())
	if size == 0 {
		return false
	}
	l, floats := m.heap.NewFloats(n)
	template.ReadDoubles(rest[:size], floats)
	if m.push(l) != nil || m.heap.Memoize(l) != nil {
		return false
	}
	m.pos += size
	return true
}
