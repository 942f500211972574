package pickle

import (
	"errors"
	"fmt"
	"strings"

	"statsmirror/store/pickle/internal/heap"
)

// newDtype takes a type string such as "f8" or "<f4".
func (m *machine) newDtype(code heap.Value) heap.Value {
	s, _ := m.heap.Text(code)
	if d, ok := heap.ParseDtype(s); ok {
		return m.heap.NewDtype(d)
	}
	return m.heap.NewOpaque("numpy.dtype " + shorten(s))
}

// buildDtype takes the state that numpy gives a dtype. For numbers, only its byte order matters.
func (m *machine) buildDtype(target, state heap.Value) error {
	d, err := m.heap.Dtype(target)
	if err != nil {
		return err
	}
	if state.Kind != heap.KindTuple {
		return heap.KindError(state, "the state of a dtype")
	}
	parts, err := m.heap.Items(state)
	if err != nil {
		return err
	}
	if len(parts) < 2 {
		return errors.New("a dtype without a byte order")
	}
	order, ok := m.heap.Text(parts[1])
	if !ok || len(order) != 1 || !strings.Contains("<>=|", order) {
		return errors.New("a dtype without a byte order")
	}
	d.Big = order == ">"
	m.fast.unlearn()
	return nil
}

// scalar returns the number in a numpy scalar.
func (m *machine) scalar(dt, content heap.Value) (heap.Value, error) {
	if m.heap.Opaque(dt) != nil {
		return m.heap.NewObject(dt), nil
	}
	d, err := m.heap.Dtype(dt)
	if err != nil {
		return heap.Value{}, err
	}
	b, err := m.heap.Bytes(content)
	if err != nil {
		return heap.Value{}, err
	}
	if len(b) != d.Size {
		return heap.Value{}, fmt.Errorf("a numpy scalar has %d bytes, its type %d", len(b), d.Size)
	}
	v := d.Number(b)
	v.Hole = m.numberHole(content.Hole, *d)
	return v, nil
}

// buildArray takes the state: version, shape, dtype, whether it is in Fortran order, bytes.
func (m *machine) buildArray(target, state heap.Value) error {
	if state.Kind != heap.KindTuple {
		return heap.KindError(state, "the state of an array")
	}
	parts, err := m.heap.Items(state)
	if err != nil {
		return err
	}
	if len(parts) != 5 || parts[3].Kind != heap.KindBool {
		return errors.New("an array with a wrong state")
	}
	return m.setArray(target, parts[4], parts[2], parts[1], parts[3].Bits == 1)
}

// fromBuffer takes (bytes, dtype, shape, order).
func (m *machine) fromBuffer(args []heap.Value) (heap.Value, error) {
	order, ok := m.heap.Text(args[3])
	if !ok || order != "C" && order != "F" {
		return heap.Value{}, errors.New("an array without an order")
	}
	array := m.heap.NewArray()
	return array, m.setArray(array, args[0], args[1], args[2], order == "F")
}

func (m *machine) setArray(array, content, dtype, shape heap.Value, fortran bool) error {
	a, err := m.heap.SetArray(array, content, dtype, shape, fortran)
	if err == nil {
		a.Hole = m.numberHole(content.Hole, a.Dtype)
	}
	return err
}
