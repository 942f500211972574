package pickle

import (
	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
)

var structureHandlers = map[byte]func(*machine) error{
	opcode.Proto: func(m *machine) error {
		b, err := m.take(1)
		if err == nil && b[0] > 5 {
			err = heap.Unsupported("protocol %d", b[0])
		}
		return err
	},
	opcode.Frame: (*machine).frame,
	opcode.Mark: func(m *machine) error {
		if len(m.marks) >= maxMarks {
			return heap.LimitError("open MARKs", maxMarks)
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

// frame reads the length of a frame. Python wants all its bytes to exist, and otherwise ignores
// frames.
func (m *machine) frame() error {
	m.spoil()
	b, err := m.take(8)
	if err != nil {
		return err
	}
	m.frameEnd = max(m.frameEnd, opcode.FrameEnd(m.offset(), b))
	return nil
}
