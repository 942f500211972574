package pickle

import "statsmirror/store/pickle/internal/opcode"

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
		switch m.op { // the common opcodes of rows; the table has the others
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
			if m.table.Rows == rows { // the opcode may have popped rows that can be saved
				m.stack, m.marks = m.stack[:height], m.marks[:marks]
			}
			return err
		}
	}
}

// execute executes a less common opcode.
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

// handlers maps each opcode of the grammar to its handler.
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
