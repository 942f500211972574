package pickle

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/template"
)

func isRow(v heap.Value) bool { return v.Kind == heap.KindDict || v.Kind == heap.KindObject }

// startRows makes an empty list the list of rows.
func (m *machine) startRows(c *heap.Container) {
	c.Rows, m.list = true, true
	m.heap.SetFloor()
}

// rowsBelong reports whether a list at a height of the stack can be the list of rows: it is the
// pickled object itself, or will be an attribute of it. A list on top of another is part of a row.
func (m *machine) rowsBelong(height int) bool {
	if m.stack[height].Kind != heap.KindList || height > 0 && m.wrapper(m.stack[0]) == nil {
		return false
	}
	return !slices.ContainsFunc(m.stack[:height], func(v heap.Value) bool { return v.Kind == heap.KindList })
}

// wrapper returns v as a wrapper, nil if it is not one.
func (m *machine) wrapper(v heap.Value) *heap.Object {
	if o := m.heap.Object(v); o != nil && isWrapper(o) {
		return o
	}
	return nil
}

func isWrapper(o *heap.Object) bool { return !o.Opaque && global(o.Class) == globalWrapper }

// addRows adds items to the table as rows.
func (m *machine) addRows(items []heap.Value) error {
	for _, v := range items {
		if err := m.addRow(v); err != nil {
			return err
		}
	}
	m.boundary = true
	m.forgetRows()
	return nil
}

// addRow adds v to the table as one row. On an error it changes nothing.
func (m *machine) addRow(v heap.Value) error {
	if m.heap.Noting() {
		return nil
	}
	var fields [template.MaxColumns]heap.Value
	state, err := m.state(v)
	if err != nil {
		return err
	}
	if err := m.work(state.Len); err != nil {
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
			t.Ints[i].Append(int64(f.Bits))
		case Float:
			if f.Kind == heap.KindNone {
				t.Floats[i].AppendNull()
			} else {
				t.Floats[i].Append(math.Float64frombits(f.Bits))
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

// fields looks up the columns of a row. Missing columns stay None.
func (m *machine) fields(v heap.Value, fields *[template.MaxColumns]heap.Value) error {
	state, err := m.state(v)
	if err != nil {
		return err
	}
	return m.fieldsOf(state, fields)
}

// state returns the keys and values of a row.
func (m *machine) state(v heap.Value) (*heap.Container, error) {
	state := v
	if v.Kind == heap.KindObject {
		o := m.heap.Object(v)
		if o == nil {
			return nil, heap.ErrForgotten
		}
		if o.State.Kind != heap.KindDict || isWrapper(o) {
			return nil, cmp.Or(m.heap.CheckOpaque(v), heap.Unsupported("an object without attributes as a row"))
		}
		state = o.State
	}
	if state.Kind != heap.KindDict {
		return nil, heap.KindError(v, "a row")
	}
	return m.heap.Container(state)
}

func (m *machine) fieldsOf(state *heap.Container, fields *[template.MaxColumns]heap.Value) error {
	items, err := m.heap.ItemsOf(state)
	if err != nil {
		return err
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

// columnOf returns the column that a key of a row names, -1 for none. Rows have the same keys in
// the same places, so it remembers the last key of each place.
func (m *machine) columnOf(key heap.Value, place int) (int, error) {
	if place < template.MaxColumns && m.keys[place].key == key && key.Kind == heap.KindString {
		return m.keys[place].column, nil
	}
	name, ok := m.heap.Text(key)
	if !ok && key.Kind == heap.KindString {
		return 0, heap.ErrForgotten
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
	key    heap.Value
	column int
}

// check converts the value of a column to an integer, a double or None.
func (m *machine) check(c Column, v *heap.Value) (err error) {
	if c.Type == Text {
		return nil
	}
	if v.Kind >= heap.KindObject {
		if err := m.heap.CheckOpaque(*v); err != nil {
			return err
		}
		if v.Kind == heap.KindArray && c.Type != Nested {
			if *v, err = m.heap.OneItem(*v); err != nil {
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

func toInt(v heap.Value) (heap.Value, error) {
	switch v.Kind {
	case heap.KindInt, heap.KindBool:
		return v, nil
	case heap.KindBig, heap.KindHuge:
		return v, heap.Unsupported("an integer past 64 bits")
	case heap.KindFloat:
		f := math.Float64frombits(v.Bits)
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return heap.Int(int64(f)), nil
		}
	}
	return v, heap.KindError(v, "an integer")
}

func toDouble(v heap.Value) (heap.Value, error) {
	switch v.Kind {
	case heap.KindFloat, heap.KindNone:
		return v, nil
	case heap.KindInt, heap.KindBool:
		return heap.Value{Kind: heap.KindFloat, Bits: math.Float64bits(float64(int64(v.Bits)))}, nil
	case heap.KindBig:
		v.Kind = heap.KindFloat
		return v, nil
	case heap.KindHuge:
		return v, heap.Unsupported("an integer past the largest double")
	}
	return v, heap.KindError(v, "a number")
}

// addText records the text of a row. A value that is not text counts as none.
func (m *machine) addText(i int, v heap.Value) {
	text, ok := m.heap.Text(v)
	if !ok && v.Kind != heap.KindNone {
		m.table.NotText = true
	}
	switch {
	case m.table.Rows == 0:
		m.table.Text[i] = text
	case m.table.Text[i] != text:
		m.table.Mixed = true
	}
}

// finish takes the object that STOP leaves on the stack.
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

// finishFrames reads to the end of the last frame.
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

func (m *machine) finishObject(v heap.Value) error {
	if o := m.wrapper(v); o != nil && o.State.Kind == heap.KindDict {
		items, err := m.heap.Items(o.State)
		if err != nil {
			return err
		}
		for k := 1; k < len(items); k += 2 {
			if items[k].Kind == heap.KindList {
				return m.finishObject(items[k])
			}
		}
	}
	if m.list && !m.isRowList(v) {
		return errors.New("the list of rows is not the pickled object")
	}
	switch v.Kind {
	case heap.KindString:
		if s, _ := m.heap.Text(v); s == "" {
			return nil // DaCapo takes any empty container for no rows
		}
		return heap.KindError(v, "a list of rows")
	case heap.KindList, heap.KindTuple, heap.KindSet, heap.KindDict:
		c, err := m.heap.Container(v)
		switch {
		case err != nil:
			return err
		case c.Rows || c.Len == 0:
			return nil
		case v.Kind == heap.KindTuple, v.Kind == heap.KindList && !c.Floats:
			return m.finishItems(v)
		}
	}
	if err := m.heap.CheckOpaque(v); err != nil {
		return err
	}
	return heap.KindError(v, "a list of rows")
}

// takesRows reports whether a list is, or can become, the list of rows.
func (m *machine) takesRows(list heap.Value) bool {
	c, err := m.heap.Container(list)
	return err == nil && (c.Rows || !m.list && c.Len == 0)
}

func (m *machine) isRowList(v heap.Value) bool {
	if v.Kind != heap.KindList {
		return false
	}
	c, err := m.heap.Container(v)
	return err == nil && c.Rows
}

// finishItems adds the items of a tuple, or of a list not made by appending, to the table as rows.
func (m *machine) finishItems(v heap.Value) error {
	items, err := m.heap.Items(v)
	if err != nil {
		return err
	}
	for _, item := range items {
		if !isRow(item) {
			return heap.KindError(item, "a row")
		}
	}
	return m.addRows(items)
}

// salvage adds the complete rows on the stack: those of a batch that the input does not finish.
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
