package pickle

import (
	"errors"
	"fmt"
)

// array is a numpy array of real numbers.
type array struct {
	dtype  dtype
	shape  []int
	stride []int  // bytes from an item to the next, in each dimension
	start  uint64 // of the bytes of the first item
	built  bool
	opaque uint64 // 1 + the number of its dtype's name, if that is not one of real numbers
	hole   uint8
}

// buildArray takes the state (version, shape, dtype, is Fortran, bytes).
func (m *machine) buildArray(target, state value) error {
	a := m.arrays.get(target.bits)
	if a == nil {
		return errForgotten
	}
	if state.kind != kindTuple {
		return kindError(state, "the state of an array")
	}
	parts, err := m.items(state)
	if err != nil {
		return err
	}
	if len(parts) != 5 || a.built || parts[3].kind != kindBool {
		return errors.New("an array with a wrong state")
	}
	return m.setArray(a, parts[4], parts[2], parts[1], parts[3].bits == 1)
}

// fromBuffer takes (bytes, dtype, shape, order).
func (m *machine) fromBuffer(args []value) (value, error) {
	order, ok := m.string(args[3])
	if !ok || order != "C" && order != "F" {
		return value{}, errors.New("an array without order")
	}
	var a array
	if err := m.setArray(&a, args[0], args[1], args[2], order == "F"); err != nil {
		return value{}, err
	}
	return value{kind: kindArray, bits: m.arrays.add(a), hole: a.hole}, nil
}

func (m *machine) setArray(a *array, content, dt, shape value, fortran bool) error {
	if o := m.opaque(dt); o != nil {
		*a = array{built: true, opaque: 1 + o.name}
		return nil
	}
	d, err := m.dtype(dt)
	if err != nil {
		return err
	}
	b, err := m.bytesOf(content)
	if err != nil {
		return err
	}
	c, _ := m.container(content)
	*a = array{dtype: *d, start: c.start, built: true, hole: m.fast.isNumber(content.hole, *d)}
	return m.setShape(a, shape, fortran, len(b))
}

// setShape sets the dimensions, which must fit the size of the content.
func (m *machine) setShape(a *array, shape value, fortran bool, size int) error {
	if shape.kind != kindTuple {
		return kindError(shape, "the shape of an array")
	}
	dims, err := m.items(shape)
	if err != nil {
		return err
	}
	if len(dims) > maxDimensions {
		return limitError("dimensions of an array", maxDimensions)
	}
	for _, d := range dims {
		if d.kind != kindInt || d.bits > maxBytes {
			return errors.New("an array with a wrong shape")
		}
		a.shape = append(a.shape, int(d.bits))
	}
	a.stride = make([]int, len(a.shape))
	step := a.dtype.size
	for i := range a.shape {
		dimension := len(a.shape) - 1 - i
		if fortran {
			dimension = i
		}
		a.stride[dimension] = step
		if step *= a.shape[dimension]; step > maxBytes {
			return errors.New("an array with a wrong shape")
		}
	}
	if step != size {
		return fmt.Errorf("an array of %d bytes has %d", step, size)
	}
	return nil
}

// checkNumbers returns an error if the array does not have real numbers.
func (m *machine) checkNumbers(a *array) error {
	switch {
	case !a.built:
		return unsupported("an array without items")
	case a.opaque > 0:
		return unsupported("an array of %q", m.opaqueNames[a.opaque-1])
	}
	return nil
}

// item returns item i of an array, which is an array of one dimension less.
func (a array) item(i int) array {
	a.start += uint64(i * a.stride[0])
	a.shape, a.stride = a.shape[1:], a.stride[1:]
	return a
}

// items returns how many numbers the array has.
func (a array) items() int {
	n := 1
	for _, d := range a.shape {
		n *= d
	}
	return n
}

// oneItem returns the number that an array of one item is, whatever its dimensions, as
// Python's float does.
func (m *machine) oneItem(v value) (value, error) {
	a := m.arrays.get(v.bits)
	if a == nil {
		return value{}, errForgotten
	}
	if err := m.checkNumbers(a); err != nil {
		return value{}, err
	}
	if n := a.items(); n != 1 {
		return value{}, unsupported("an array of %d items where a number should be", n)
	}
	b, ok := m.heap.bytes.many(a.start, a.dtype.size)
	if !ok {
		return value{}, errForgotten
	}
	n := a.dtype.number(b)
	n.hole = a.hole
	return n, nil
}
