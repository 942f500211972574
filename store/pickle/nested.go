package pickle

import (
	"math"
	"slices"

	"statsmirror/store/column"
	"statsmirror/store/pickle/internal/heap"
)

// checkNested returns nil if v, which is level lists deep in a value, can be added to a column.
func (m *machine) checkNested(v heap.Value, level int) error {
	if err := m.heap.CheckOpaque(v); err != nil {
		return err
	}
	switch {
	case v.Kind == heap.KindArray:
		return m.checkArray(v, level)
	case level == column.Depth:
		if v.Kind == heap.KindNone {
			return nil
		}
		_, err := toDouble(v)
		return err
	case v.Kind == heap.KindNone && level == 0:
		return nil
	case v.Kind != heap.KindList && v.Kind != heap.KindTuple:
		return heap.Unsupported("%s where a list should be, at depth %d", v.Kind, level)
	}
	c, err := m.heap.Container(v)
	if err != nil {
		return err
	}
	if err := m.work(1 + c.Len); err != nil {
		return err
	}
	if c.Floats {
		if level != column.Depth-1 {
			return heap.Unsupported("a number where a list should be, at depth %d", level+1)
		}
		return nil
	}
	if c.Rows {
		return heap.Unsupported("rows where numbers should be")
	}
	items, err := m.heap.ItemsOf(c)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := m.checkNested(item, level+1); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) checkArray(v heap.Value, level int) error {
	a, err := m.heap.Array(v)
	if err != nil {
		return err
	}
	if len(a.Shape) < column.Depth-level || slices.ContainsFunc(a.Shape[column.Depth-level:], func(n int) bool { return n != 1 }) {
		return heap.Unsupported("an array of shape %v, at depth %d", a.Shape, level)
	}
	lists, items := 1, 1
	for _, n := range a.Shape[:column.Depth-level] {
		lists *= n // an empty array may still have a million empty rows
		items += lists
	}
	return m.work(items)
}

// addNested adds a row with the value v, which must have passed checkNested.
func (m *machine) addNested(n *column.Nested, v heap.Value) {
	if v.Kind == heap.KindNone {
		n.AppendNull()
		return
	}
	n.BeginRow()
	m.addItems(n, v, 0)
}

// addItems adds the items of v, which is level lists deep.
func (m *machine) addItems(n *column.Nested, v heap.Value, level int) {
	if v.Kind == heap.KindArray {
		a, _ := m.heap.Array(v)
		m.addArray(n, *a, level)
		return
	}
	c, _ := m.heap.Container(v)
	if c.Floats {
		floats, _ := m.heap.FloatsOf(c)
		n.AppendValues(floats)
		return
	}
	items, _ := m.heap.ItemsOf(c)
	for _, item := range items {
		if level == column.Depth-1 {
			m.addNumber(n, item)
			continue
		}
		n.BeginList(level)
		m.addItems(n, item, level+1)
	}
}

// addArray is addItems for an array. It puts no items on the heap.
func (m *machine) addArray(n *column.Nested, a heap.Array, level int) {
	for i := range a.Shape[0] {
		item := a.Item(i)
		if level == column.Depth-1 {
			number, _ := m.heap.Number(item)
			d, _ := toDouble(number)
			n.Append(math.Float64frombits(d.Bits))
			continue
		}
		n.BeginList(level)
		m.addArray(n, item, level+1)
	}
}

// addNumber adds a number, an array of one number, or None.
func (m *machine) addNumber(n *column.Nested, v heap.Value) {
	if v.Kind == heap.KindNone {
		n.AppendNullValue()
		return
	}
	if v.Kind == heap.KindArray {
		v, _ = m.heap.OneItem(v)
	}
	d, _ := toDouble(v)
	n.Append(math.Float64frombits(d.Bits))
}
