package pickle

import (
	"math"
	"slices"

	"statsmirror/store/column"
)

// checkNested checks that v, which is level lists deep in a value, can be added
// to a column.
func (m *machine) checkNested(v value, level int) error {
	if err := m.checkOpaque(v); err != nil {
		return err
	}
	switch {
	case v.kind == kindArray:
		return m.checkArray(v, level)
	case level == column.Depth:
		if v.kind == kindNone {
			return nil
		}
		_, err := toDouble(v)
		return err
	case v.kind == kindNone && level == 0:
		return nil
	case v.kind != kindList && v.kind != kindTuple:
		return unsupported("%s where a list should be, %d lists deep", v.kind, level)
	}
	c, err := m.container(v)
	if err != nil {
		return err
	}
	if err := m.work(1 + c.n); err != nil {
		return err
	}
	if c.floats {
		if level != column.Depth-1 {
			return unsupported("a number where a list should be, %d lists deep", level+1)
		}
		return nil
	}
	if c.rows {
		return unsupported("rows where numbers should be")
	}
	items, ok := m.values.many(c.start, c.n)
	if !ok {
		return errForgotten
	}
	for _, item := range items {
		if err := m.checkNested(item, level+1); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) checkArray(v value, level int) error {
	a := m.arrays.get(v.bits)
	if a == nil {
		return errForgotten
	}
	if err := m.checkNumbers(a); err != nil {
		return err
	}
	if len(a.shape) < column.Depth-level || slices.ContainsFunc(a.shape[column.Depth-level:], func(n int) bool { return n != 1 }) {
		return unsupported("an array of %d dimensions, %d lists deep", len(a.shape), level)
	}
	lists, items := 1, 1
	for _, n := range a.shape[:column.Depth-level] {
		lists *= n // an empty array may have a million empty rows
		items += lists
	}
	return m.work(items)
}

// addNested adds a row with the value v, which checkNested has passed.
func (m *machine) addNested(n *column.Nested, v value) {
	if v.kind == kindNone {
		n.AppendNull()
		return
	}
	n.BeginRow()
	m.addItems(n, v, 0)
}

// addItems adds the items of v, which is level lists deep.
func (m *machine) addItems(n *column.Nested, v value, level int) {
	if v.kind == kindArray {
		m.addArray(n, *m.arrays.get(v.bits), level)
		return
	}
	if c := m.containers.get(v.bits); c.floats {
		run, _ := m.doubles.many(c.start, c.n)
		n.AppendValues(run)
		return
	}
	items, _ := m.items(v)
	for _, item := range items {
		if level == column.Depth-1 {
			m.addNumber(n, item)
			continue
		}
		n.BeginList(level)
		m.addItems(n, item, level+1)
	}
}

// addArray is addItems for an array, of which no other is made for each item.
func (m *machine) addArray(n *column.Nested, a array, level int) {
	for i := range a.shape[0] {
		item := a.item(i)
		if level == column.Depth-1 {
			b, _ := m.heap.bytes.many(item.start, item.dtype.size)
			d, _ := toDouble(item.dtype.number(b))
			n.Append(math.Float64frombits(d.bits))
			continue
		}
		n.BeginList(level)
		m.addArray(n, item, level+1)
	}
}

// addNumber adds a number, an array that is one, or None.
func (m *machine) addNumber(n *column.Nested, v value) {
	if v.kind == kindNone {
		n.AppendNullValue()
		return
	}
	if v.kind == kindArray {
		v, _ = m.oneItem(v)
	}
	d, _ := toDouble(v)
	n.Append(math.Float64frombits(d.bits))
}
