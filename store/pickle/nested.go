package pickle

import (
	"errors"
	"fmt"
	"math"

	"statsmirror/store/column"
)

// depth is how many lists deep a Nested is.
const depth = 3

// checkNested checks that v, which is level lists deep in a value, can be added
// to a column.
func (m *machine) checkNested(v value, level int) error {
	switch {
	case v.kind == kindArray:
		return m.checkArray(v, level)
	case level == depth:
		if v.kind == kindNone {
			return nil
		}
		_, err := toDouble(v)
		return err
	case v.kind == kindNone && level == 0:
		return nil
	case v.kind != kindList && v.kind != kindTuple:
		return fmt.Errorf("%s where a list should be, %d lists deep", v.kind, level)
	}
	c, err := m.container(v)
	if err != nil {
		return err
	}
	if c.floats {
		if level != depth-1 {
			return fmt.Errorf("a number where a list should be, %d lists deep", level+1)
		}
		return nil
	}
	if c.rows {
		return errors.New("rows where numbers should be")
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
	switch {
	case a == nil:
		return errForgotten
	case !a.built || len(a.shape) != depth-level:
		return fmt.Errorf("an array of %d dimensions, %d lists deep", len(a.shape), level)
	}
	return nil
}

// addNested adds a row with the value v, which checkNested has passed.
func (m *machine) addNested(n *column.Nested, v value) {
	if v.kind == kindNone {
		n.AppendNull()
		return
	}
	n.BeginRow()
	m.each(v, func(v value) {
		n.BeginOuter()
		m.each(v, func(v value) {
			n.BeginMiddle()
			m.addInner(n, v)
		})
	})
}

// addInner adds the doubles of an innermost list.
func (m *machine) addInner(n *column.Nested, v value) {
	if v.kind != kindArray {
		if c := m.containers.get(v.bits); c.floats {
			run, _ := m.doubles.many(c.start, c.n)
			n.AppendValues(run)
			return
		}
	}
	m.each(v, func(v value) {
		if v.kind == kindNone {
			n.AppendNullValue()
			return
		}
		if v.kind == kindArray {
			v, _ = m.zeroDimensional(v)
		}
		d, _ := toDouble(v)
		n.Append(math.Float64frombits(d.bits))
	})
}

// each calls f for each item of a list, a tuple or an array. An item of an
// array of several dimensions is an array of one less.
func (m *machine) each(v value, f func(value)) {
	if v.kind != kindArray {
		items, _ := m.items(v)
		for _, item := range items {
			f(item)
		}
		return
	}
	a := *m.arrays.get(v.bits)
	for i := range a.shape[0] {
		f(m.slice(a, i))
	}
}
