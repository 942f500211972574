package pickle

import (
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

// compile makes a template of the bytes of a row, nil if it has none: its
// columns must be integers, doubles, lists of them and texts, all but the last in holes.
func (m *machine) compile(row value, raw []byte) *template.Template {
	var fields [template.MaxColumns]value
	if m.fields(row, &fields) != nil {
		return nil
	}
	columns := map[uint8]int{} // by hole
	for i, c := range m.layout.Columns {
		if fields[i].kind == kindArray {
			n, err := m.oneItem(fields[i])
			if err != nil {
				return nil
			}
			fields[i] = n
		}
		if c.Type == Text {
			continue
		}
		if !m.holds(c.Type, fields[i].hole) {
			return nil
		}
		columns[fields[i].hole] = i
	}
	return template.Compile(raw, m.fast.start, m.count-m.fast.memo, m.fast.holes, columns)
}

// holds reports whether a hole can hold values of a column.
func (m *machine) holds(t Type, hole uint8) bool {
	if hole == 0 || int(hole) > len(m.fast.holes) {
		return false
	}
	switch m.fast.holes[hole-1].Kind {
	case template.Int:
		return t == Int
	case template.Lists:
		return t == Nested
	case template.Double, template.LE8, template.LE4, template.Latin8, template.Latin4:
		return t == Float
	}
	return false
}

// runTemplate decodes rows as long as they match the template, across batches,
// and returns how many did.
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

// takeRows decodes the rows in the window that match.
func (m *machine) takeRows(t *template.Template) int {
	var room template.Columns
	rows := m.table.columns(m.layout.Columns, &room)
	n, end, memoized := t.Decode(m.buf[m.pos:m.end], &room, rows, m.count, m.fast.general)
	m.pos += end
	m.frameEnd = max(m.frameEnd, m.base+int64(cap(m.buf))+room.FrameEnd)
	m.skip(memoized)
	m.table.take(m.layout.Columns, n)
	return n
}

// learnLists notes that the scores of the row that is being learned begin with the
// EMPTY_LIST that is being executed, if they do.
func (m *machine) learnLists() uint8 {
	size, memoized := template.MeasureLists(m.buf[m.pos-1:m.end], m.count)
	if size == 0 {
		return 0
	}
	number := m.fast.holeAt(template.Lists, m.at, size)
	if number > 0 {
		m.fast.holes[number-1].Memoized = memoized
		m.fast.within = m.at + int64(size)
	}
	return number
}
