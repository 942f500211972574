package pickle

import (
	"errors"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
)

var containerHandlers = map[byte]func(*machine) error{
	opcode.EmptyTuple: func(m *machine) error { return m.pushContainer(heap.KindTuple, nil) },
	opcode.EmptySet:   func(m *machine) error { return m.pushContainer(heap.KindSet, nil) },
	opcode.EmptyDict:  func(m *machine) error { return m.pushContainer(heap.KindDict, nil) },
	opcode.EmptyList:  (*machine).emptyList,
	opcode.AddItems:   (*machine).addToSet,
	opcode.FrozenSet: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.pushContainer(heap.KindSet, items)
	},
	opcode.Tuple1: func(m *machine) error { return m.tuple(1) },
	opcode.Tuple2: func(m *machine) error { return m.tuple(2) },
	opcode.Tuple3: func(m *machine) error { return m.tuple(3) },
	opcode.Tuple: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.pushContainer(heap.KindTuple, items)
	},
	opcode.List: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.pushContainer(heap.KindList, items)
	},
	opcode.Dict: func(m *machine) error {
		items, err := m.popMark()
		if err != nil {
			return err
		}
		if len(items)%2 != 0 {
			return errOddItems
		}
		return m.pushContainer(heap.KindDict, items)
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

// errGoesOn means that a fast path took a list for complete that is not.
var errGoesOn = errors.New("a list of floats goes on after its end")

func (m *machine) tuple(n int) error {
	items, err := m.popN(n)
	if err != nil {
		return err
	}
	return m.pushContainer(heap.KindTuple, items)
}

func (m *machine) emptyList() error {
	hole, learned := m.fast.learner.NoteLists(m.buf[m.pos-1:m.end], m.at, m.heap.Memoized())
	if !learned && !m.fast.off && len(m.stack) > 0 && m.doubleList() {
		return nil
	}
	l := m.heap.NewContainer(heap.KindList, nil)
	l.Hole = hole
	return m.push(l)
}

// pushContainer pushes a new container of items.
func (m *machine) pushContainer(k heap.Kind, items []heap.Value) error {
	return m.push(m.heap.NewContainer(k, items))
}

// setItems puts keys and values into the dict on top of the stack.
func (m *machine) setItems(items []heap.Value) error {
	d, err := m.top()
	if err != nil {
		return err
	}
	if len(items)%2 != 0 {
		return errOddItems
	}
	if o := m.heap.Opaque(d); o != nil {
		m.boundary = true
		return m.heap.SetOpaqueItems(o, items)
	}
	if d.Kind != heap.KindDict {
		return heap.KindError(d, "a dict")
	}
	c, err := m.heap.Container(d)
	if err != nil {
		return err
	}
	m.boundary = true
	return m.heap.Extend(c, items)
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
	if m.heap.Opaque(s) != nil {
		return nil
	}
	if s.Kind != heap.KindSet {
		return heap.KindError(s, "a set")
	}
	c, err := m.heap.Container(s)
	if err != nil {
		return err
	}
	return m.heap.Extend(c, items)
}

// appendItems appends items to the list on top of the stack. If that is the list of rows, they
// become rows of the table.
func (m *machine) appendItems(items []heap.Value) error {
	l, err := m.top()
	if err != nil {
		return err
	}
	if m.heap.Opaque(l) != nil {
		return nil // an instance of a subclass of list, or of another class with an append
	}
	if l.Kind != heap.KindList {
		return heap.KindError(l, "a list")
	}
	if l.Hole != 0 {
		m.spoil() // it continues after the end of its hole
	}
	c, err := m.heap.Container(l)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return nil
	}
	if !m.list && isRow(items[0]) && c.Len == 0 && m.rowsBelong(len(m.stack)-1) {
		m.startRows(c)
	}
	switch {
	case c.Rows:
		return m.addRows(items)
	case c.Floats:
		return errGoesOn
	}
	return m.heap.Extend(c, items)
}
