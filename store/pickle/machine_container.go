package pickle

import (
	"errors"

	"statsmirror/store/pickle/internal/opcode"
)

var containerHandlers = map[byte]func(*machine) error{
	opcode.EmptyTuple: func(m *machine) error { return m.pushContainer(kindTuple, nil) },
	opcode.EmptySet:   func(m *machine) error { return m.pushContainer(kindSet, nil) },
	opcode.EmptyDict:  func(m *machine) error { return m.pushContainer(kindDict, nil) },
	opcode.EmptyList:  (*machine).emptyList,
	opcode.AddItems:   (*machine).addToSet,
	opcode.FrozenSet: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.pushContainer(kindSet, items)
	},
	opcode.Tuple1: func(m *machine) error { return m.tuple(1) },
	opcode.Tuple2: func(m *machine) error { return m.tuple(2) },
	opcode.Tuple3: func(m *machine) error { return m.tuple(3) },
	opcode.Tuple: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.pushContainer(kindTuple, items)
	},
	opcode.List: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.pushContainer(kindList, items)
	},
	opcode.Dict: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		if len(items)%2 != 0 {
			return errOddItems
		}
		return m.pushContainer(kindDict, items)
	},
	opcode.Append: func(m *machine) error {
		items, err := m.popN(1)
		if err != nil {
			return err
		}
		return m.appendItems(items)
	},
	opcode.Appends: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.appendItems(items)
	},
	opcode.SetItem: func(m *machine) error {
		items, err := m.popN(2)
		if err != nil {
			return err
		}
		return m.setItems(items)
	},
	opcode.SetItems: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.setItems(items)
	},
}

var errOddItems = errors.New("a key without a value")

// errGoesOn says that a fast path took a list for complete that is not.
var errGoesOn = errors.New("a list of floats goes on after its end")

func (m *machine) tuple(n int) error {
	items, err := m.popN(n)
	if err != nil {
		return err
	}
	return m.pushContainer(kindTuple, items)
}

func (m *machine) emptyList() error {
	if m.fast.learning && m.at >= m.fast.within {
		hole := m.learnLists()
		if err := m.pushContainer(kindList, nil); err != nil {
			return err
		}
		m.stack[len(m.stack)-1].hole = hole
		return nil
	}
	if !m.fast.off && len(m.stack) > 0 && m.doubleList() {
		return nil
	}
	return m.pushContainer(kindList, nil)
}

// pushContainer pushes a new container of items.
func (m *machine) pushContainer(k kind, items []value) error {
	c := container{start: m.values.next(), n: len(items)}
	m.values.items = append(m.values.items, items...)
	return m.push(value{kind: k, bits: m.containers.add(c)})
}

// container returns the content of v.
func (h *heap) container(v value) (*container, error) {
	c := h.containers.get(v.bits)
	if c == nil {
		return nil, errForgotten
	}
	return c, nil
}

// items returns the values in v.
func (h *heap) items(v value) ([]value, error) {
	c, err := h.container(v)
	if err != nil {
		return nil, err
	}
	items, ok := h.values.many(c.start, c.n)
	if !ok {
		return nil, errForgotten
	}
	return items, nil
}

// extend adds items to a container. If others follow its items in the arena,
// they move to the end first.
func (m *machine) extend(c *container, items []value) error {
	if c.start+uint64(c.n) != m.values.next() {
		old, ok := m.values.many(c.start, c.n)
		if !ok {
			return errForgotten
		}
		c.start = m.values.next()
		if err := m.hold(valueSize * c.n); err != nil {
			return err
		}
		m.values.items = append(m.values.items, old...)
	}
	m.values.items = append(m.values.items, items...)
	c.n += len(items)
	return nil
}

// setItems puts keys and values into the dict on top of the stack.
func (m *machine) setItems(items []value) error {
	d, err := m.top()
	if err != nil {
		return err
	}
	if len(items)%2 != 0 {
		return errOddItems
	}
	if o := m.opaque(d); o != nil {
		m.boundary = true
		return m.setOpaqueItems(o, items)
	}
	if d.kind != kindDict {
		return kindError(d, "a dict")
	}
	c, err := m.container(d)
	if err != nil {
		return err
	}
	m.boundary = true
	return m.extend(c, items)
}

// addToSet puts items into the set on top of the stack.
func (m *machine) addToSet() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	s, err := m.top()
	if err != nil {
		return err
	}
	if m.opaque(s) != nil {
		return nil
	}
	if s.kind != kindSet {
		return kindError(s, "a set")
	}
	c, err := m.container(s)
	if err != nil {
		return err
	}
	return m.extend(c, items)
}

// appendItems puts items into the list on top of the stack; into the list of
// rows they go as rows of the table.
func (m *machine) appendItems(items []value) error {
	l, err := m.top()
	if err != nil {
		return err
	}
	if m.opaque(l) != nil {
		return nil // an instance of a subclass of list, or of what has an append
	}
	if l.kind != kindList {
		return kindError(l, "a list")
	}
	if l.hole != 0 {
		m.spoil() // it goes on behind what was taken for all of it
	}
	c, err := m.container(l)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return nil
	}
	if !m.list && isRow(items[0]) && c.n == 0 && m.rowsBelong(len(m.stack)-1) {
		m.startRows(c)
	}
	switch {
	case c.rows:
		return m.addRows(items)
	case c.floats:
		return errGoesOn
	}
	return m.extend(c, items)
}
