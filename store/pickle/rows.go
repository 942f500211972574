package pickle

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"statsmirror/store/pickle/internal/template"
)

func isRow(v value) bool { return v.kind == kindDict || v.kind == kindObject }

// startRows makes a list that is empty the list of rows.
func (m *machine) startRows(c *container) {
	c.rows, m.list = true, true
	m.heap.setFloor()
}

// rowsBelong reports whether a list at a height of the stack can be the list
// of rows: it is the pickled object itself, or will be an attribute of it. A list
// above another one is part of a row.
func (m *machine) rowsBelong(height int) bool {
	if m.stack[height].kind != kindList || height > 0 && m.wrapper(m.stack[0]) == nil {
		return false
	}
	return !slices.ContainsFunc(m.stack[:height], func(v value) bool { return v.kind == kindList })
}

// wrapper returns the wrapper that v is, else nil.
func (m *machine) wrapper(v value) *object {
	if v.kind != kindObject {
		return nil
	}
	if o := m.objects.get(v.bits); o != nil && o.class == globalWrapper {
		return o
	}
	return nil
}

// addRows makes rows of the table from items.
func (m *machine) addRows(items []value) error {
	for _, v := range items {
		if err := m.addRow(v); err != nil {
			return err
		}
	}
	m.boundary = true
	m.forgetRows()
	return nil
}

// addRow makes one row of the table from v, or changes nothing.
func (m *machine) addRow(v value) error {
	if m.noting() {
		return nil
	}
	var fields [template.MaxColumns]value
	state, err := m.state(v)
	if err != nil {
		return err
	}
	if err := m.work(state.n); err != nil {
		return err
	}
	if err := m.fieldsOf(state, &fields); err != nil {
		return err
	}
	t := m.table
	for i, c := range m.layout.Columns {
		if err := m.check(c, &fields[i]); err != nil {
			return fmt.Errorf("%q of a row: %w", c.Name, err)
		}
	}
	for i, c := range m.layout.Columns {
		switch f := fields[i]; c.Type {
		case Int:
			t.Ints[i].Append(int64(f.bits))
		case Float:
			if f.kind == kindNone {
				t.Floats[i].AppendNull()
			} else {
				t.Floats[i].Append(math.Float64frombits(f.bits))
			}
		case Nested:
			m.addNested(&t.Nested[i], f)
		case Text:
			m.addText(i, f)
		}
	}
	t.Rows++
	return nil
}

// fields looks up the columns of a row. What is missing is left absent.
func (m *machine) fields(v value, fields *[template.MaxColumns]value) error {
	state, err := m.state(v)
	if err != nil {
		return err
	}
	return m.fieldsOf(state, fields)
}

// state returns the keys and values of a row.
func (m *machine) state(v value) (*container, error) {
	state := v
	if v.kind == kindObject {
		o := m.objects.get(v.bits)
		if o == nil {
			return nil, errForgotten
		}
		if o.state.kind != kindDict || o.class == globalWrapper {
			return nil, cmp.Or(m.checkOpaque(v), unsupported("an object without attributes as a row"))
		}
		state = o.state
	}
	if state.kind != kindDict {
		return nil, kindError(v, "a row")
	}
	return m.container(state)
}

func (m *machine) fieldsOf(state *container, fields *[template.MaxColumns]value) error {
	items, ok := m.values.many(state.start, state.n)
	if !ok {
		return errForgotten
	}
	columns := m.layout.Columns
	var have uint
	for k := 0; k < len(items); k += 2 {
		i, err := m.columnOf(items[k], k/2)
		if err != nil {
			return err
		}
		if i >= 0 {
			fields[i] = items[k+1]
			have |= 1 << i
		}
	}
	for i, c := range columns {
		if have&(1<<i) == 0 && !c.Optional {
			return fmt.Errorf("a row without %q", c.Name)
		}
	}
	return nil
}

// columnOf returns the column that a key of a row names, -1 for none. Rows have
// the same keys at the same places, so it remembers what it found there last.
func (m *machine) columnOf(key value, place int) (int, error) {
	if place < template.MaxColumns && m.keys[place].key == key && key.kind == kindString {
		return m.keys[place].column, nil
	}
	name, ok := m.string(key)
	if !ok && key.kind == kindString {
		return 0, errForgotten
	}
	if !ok {
		return -1, nil
	}
	column := slices.IndexFunc(m.layout.Columns, func(c Column) bool { return c.Name == name })
	if place < template.MaxColumns {
		m.keys[place] = keyColumn{key, column}
	}
	return column, nil
}

// keyColumn is a key and the column that it names.
type keyColumn struct {
	key    value
	column int
}

// check converts the value of a column to an integer, a double or None.
func (m *machine) check(c Column, v *value) (err error) {
	if c.Type == Text {
		return nil
	}
	if v.kind >= kindObject {
		if err := m.checkOpaque(*v); err != nil {
			return err
		}
		if v.kind == kindArray && c.Type != Nested {
			if *v, err = m.oneItem(*v); err != nil {
				return err
			}
		}
	}
	switch c.Type {
	case Int:
		*v, err = toInt(*v)
	case Float:
		*v, err = toDouble(*v)
	case Nested:
		err = m.checkNested(*v, 0)
	}
	return err
}

func toInt(v value) (value, error) {
	switch v.kind {
	case kindInt, kindBool:
		return v, nil
	case kindBig, kindHuge:
		return v, unsupported("an integer past 64 bits")
	case kindFloat:
		f := math.Float64frombits(v.bits)
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return integer(int64(f)), nil
		}
	}
	return v, kindError(v, "an integer")
}

func toDouble(v value) (value, error) {
	switch v.kind {
	case kindFloat, kindNone:
		return v, nil
	case kindInt, kindBool:
		return value{kind: kindFloat, bits: math.Float64bits(float64(int64(v.bits)))}, nil
	case kindBig:
		v.kind = kindFloat
		return v, nil
	case kindHuge:
		return v, unsupported("an integer past the largest double")
	}
	return v, kindError(v, "a number")
}

// addText notes the text of a row. A value that is not text is none.
func (m *machine) addText(i int, v value) {
	text, ok := m.string(v)
	if !ok && v.kind != kindNone {
		m.table.NotText = true
	}
	switch {
	case m.table.Rows == 0:
		m.table.Text[i] = text
	case m.table.Text[i] != text:
		m.table.Mixed = true
	}
}

// finish takes what STOP leaves on the stack.
func (m *machine) finish() error {
	if len(m.stack) != 1 || len(m.marks) > 0 {
		return errors.New("the pickle ends with more or less than one object")
	}
	if err := m.finishObject(m.stack[0]); err != nil {
		return err
	}
	if m.pos == m.end {
		if err := m.fill(1); err != nil && !errors.Is(err, errTruncated) {
			return err
		}
	}
	m.table.Trailing = m.pos < m.end
	return m.finishFrames()
}

// finishFrames reads the bytes that the frames say there are.
func (m *machine) finishFrames() error {
	if m.frameEnd-m.offset() > maxFrame {
		return errTruncated
	}
	for m.frameEnd > m.offset() {
		if _, err := m.take(int(min(m.frameEnd-m.offset(), maxTake))); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) finishObject(v value) error {
	if o := m.wrapper(v); o != nil && o.state.kind == kindDict {
		items, err := m.items(o.state)
		if err != nil {
			return err
		}
		for k := 1; k < len(items); k += 2 {
			if items[k].kind == kindList {
				return m.finishObject(items[k])
			}
		}
	}
	if m.list && !m.isRowList(v) {
		return errors.New("the list of rows is not what the pickle is")
	}
	switch v.kind {
	case kindString:
		if s, _ := m.string(v); s == "" {
			return nil // DaCapo takes it for no rows, as any container that is empty
		}
		return kindError(v, "a list of rows")
	case kindList, kindTuple, kindSet, kindDict:
		c, err := m.container(v)
		switch {
		case err != nil:
			return err
		case c.rows || c.n == 0:
			return nil
		case v.kind == kindTuple, v.kind == kindList && !c.floats:
			return m.finishItems(v)
		}
	}
	if err := m.checkOpaque(v); err != nil {
		return err
	}
	return kindError(v, "a list of rows")
}

// takesRows reports whether a list is the list of rows, or can become it.
func (m *machine) takesRows(list value) bool {
	c, err := m.container(list)
	return err == nil && (c.rows || !m.list && c.n == 0)
}

func (m *machine) isRowList(v value) bool {
	if v.kind != kindList {
		return false
	}
	c, err := m.container(v)
	return err == nil && c.rows
}

// finishItems makes rows of the table from what is in a tuple, or in a list that was
// not made by appending.
func (m *machine) finishItems(v value) error {
	items, err := m.items(v)
	if err != nil {
		return err
	}
	for _, item := range items {
		if !isRow(item) {
			return kindError(item, "a row")
		}
	}
	return m.addRows(items)
}

// salvage adds the rows that are complete on the stack: those of a batch that
// the input does not finish.
func (m *machine) salvage() {
	for i, at := range m.marks {
		if at == 0 || !m.rowsBelong(at-1) {
			continue
		}
		end := len(m.stack)
		if i+1 < len(m.marks) {
			end = m.marks[i+1]
		}
		for _, v := range m.stack[at:end] {
			if !isRow(v) || m.addRow(v) != nil {
				return
			}
		}
		return
	}
}
