package pickle

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

var memoHandlers = map[byte]func(*machine) error{
	opcode.Get: func(m *machine) error {
		n, err := m.number()
		if err != nil {
			return err
		}
		return m.fetch(n)
	},
	opcode.LongBinGet: func(m *machine) error {
		b, err := m.take(4)
		if err != nil {
			return err
		}
		return m.fetch(uint64(binary.LittleEndian.Uint32(b)))
	},
	opcode.Put: func(m *machine) error {
		n, err := m.number()
		if err != nil {
			return err
		}
		return m.putTop(n)
	},
	opcode.BinPut: func(m *machine) error {
		b, err := m.take(1)
		if err != nil {
			return err
		}
		return m.binPut(uint64(b[0]))
	},
	opcode.LongBinPut: func(m *machine) error {
		b, err := m.take(4)
		if err != nil {
			return err
		}
		return m.binPut(uint64(binary.LittleEndian.Uint32(b)))
	},
}

func (m *machine) binGet() error {
	b, err := m.take(1)
	if err != nil {
		return err
	}
	return m.fetch(uint64(b[0]))
}

// number reads the decimal number of GET and PUT in protocol 0.
func (m *machine) number() (uint64, error) {
	line, err := m.line()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(line), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not a memo number", line)
	}
	return n, nil
}

func (m *machine) fetch(n uint64) error {
	v, copied, err := m.heap.Get(n)
	if err == nil && copied > 0 {
		err = m.work(copied)
	}
	if err != nil {
		return err
	}
	if v.Kind >= heap.KindBytes && v.Kind != heap.KindGlobal && v.Kind != heap.KindOpaque && v.Kind != heap.KindDtype {
		m.spoil()
		if m.fast.flushed {
			return heap.ErrForgotten
		}
		m.boundary = true // perhaps the same row again
	}
	return m.push(v)
}

func (m *machine) memoize() error {
	v, err := m.top()
	if err != nil {
		return err
	}
	m.fast.memoized(v)
	return m.heap.Memoize(v)
}

// binPut is putTop for binary numbers, which protocols 1 to 3 give in order.
func (m *machine) binPut(n uint64) error {
	if n != uint64(m.heap.Memoized()) {
		return m.putTop(n)
	}
	if m.fast.learner.On && m.holeHere(template.Put) == 0 {
		m.spoil()
	}
	return m.memoize()
}

func (m *machine) putTop(n uint64) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	m.fast.unlearn() // a different number in each row
	return m.heap.Put(n, v)
}
