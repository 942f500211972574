package pickle

import (
	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/template"
)

func (m *machine) beginLearning() {
	f := &m.fast
	if f.pause > 0 {
		f.pause--
		return
	}
	f.learner.Begin(m.offset())
	f.height, f.memo = len(m.stack), m.heap.Memoized()
	m.anchor = m.pos
}

// learn makes a template of the row just decoded, if it can.
func (m *machine) learn() {
	f := &m.fast
	var t *template.Template
	if f.learner.End() && m.anchor >= 0 && len(m.stack) == f.height+1 {
		t = m.compile(m.stack[len(m.stack)-1], m.buf[m.anchor:m.pos])
	}
	m.anchor = -1
	if t != nil {
		f.template, f.failures = t, 0
	} else if f.failures++; f.failures > 4 {
		f.pause = min(1<<min(f.failures, 16), maxPause)
	}
}

// compile makes a template of the bytes of a row. It returns nil unless the columns are integers,
// doubles, lists of doubles and texts, all but the texts in holes.
func (m *machine) compile(row heap.Value, raw []byte) *template.Template {
	var fields [template.MaxColumns]heap.Value
	if m.fields(row, &fields) != nil {
		return nil
	}
	columns := map[uint8]int{} // by hole
	for i, c := range m.layout.Columns {
		if fields[i].Kind == heap.KindArray {
			n, err := m.heap.OneItem(fields[i])
			if err != nil {
				return nil
			}
			fields[i] = n
		}
		if c.Type == Text {
			continue
		}
		if m.fast.learner.Holds(fields[i].Hole) != holds[c.Type] {
			return nil
		}
		columns[fields[i].Hole] = i
	}
	return m.fast.learner.Compile(raw, m.heap.Memoized()-m.fast.memo, columns)
}

// holds maps the type of a column to the kind of its hole.
var holds = [...]template.Kind{Int: template.Int, Float: template.Double, Nested: template.Lists}

// pushHole pushes a number, and notes its place if a row is being learned.
func (m *machine) pushHole(v heap.Value, k template.Kind) error {
	if m.fast.learner.On {
		v.Hole = m.holeHere(k)
	}
	return m.push(v)
}

// holeHere notes a hole: the opcode being executed and the bytes read after it.
func (m *machine) holeHere(k template.Kind) uint8 {
	return m.fast.learner.Note(k, m.at, int(m.offset()-m.at))
}

// numberHole records that the bytes of a hole are a number.
func (m *machine) numberHole(hole uint8, d heap.Dtype) uint8 {
	if d.Big || d.Class != 'f' {
		return 0
	}
	return m.fast.learner.Number(hole, d.Size)
}

// spoil records that the row being learned has a part that other rows lack.
func (m *machine) spoil() { m.fast.learner.SpoilAt(m.at) }

// unlearn spoils the row and drops the template: its memo numbers may refer to other objects now.
func (f *fast) unlearn() {
	f.template = nil
	f.learner.Spoil()
}

// memoized records that v was memoized. A row cannot be learned if it memoizes an object that later
// rows may fetch: the machine must see each such row.
func (f *fast) memoized(v heap.Value) {
	if v.Kind == heap.KindString && v.Hole == 0 || v.Kind == heap.KindDtype || v.Kind == heap.KindGlobal || v.Kind == heap.KindOpaque {
		f.learner.Spoil()
	}
}
