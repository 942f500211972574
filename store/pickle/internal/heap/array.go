package heap

import (
	"errors"
	"fmt"
)

// Array is a numpy array of real numbers.
type Array struct {
	Dtype  Dtype
	Shape  []int
	Hole   uint8  // as in a Value, if the array has one item
	stride []int  // bytes from one item to the next, in each dimension
	start  uint64 // of the bytes of the first item
	built  bool
	opaque uint64 // 1 + the index of its dtype's name, if the type is not one of real numbers
}

// Item returns item i of an array: an array with one dimension less.
func (a Array) Item(i int) Array {
	a.start += uint64(i * a.stride[0])
	a.Shape, a.stride = a.Shape[1:], a.stride[1:]
	return a
}

// items returns how many numbers the array has.
func (a *Array) items() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// NewArray returns a new array without numbers. SetArray gives it some.
func (h *Heap) NewArray() Value { return Value{Kind: KindArray, Bits: h.arrays.add(Array{})} }

// Array returns the array that v refers to. It is an error if the array does not hold real numbers.
// The result is valid until the next array is made.
func (h *Heap) Array(v Value) (*Array, error) {
	a := h.arrays.get(v.Bits)
	switch {
	case a == nil:
		return nil, ErrForgotten
	case !a.built:
		return nil, Unsupported("an array without items")
	case a.opaque > 0:
		return nil, Unsupported("an array of %q", h.opaqueNames[a.opaque-1])
	}
	return a, nil
}

// SetArray gives a new array its numbers. content has their bytes, shape is a tuple of the
// dimensions. fortran means that the first dimension varies fastest.
func (h *Heap) SetArray(array, content, dtype, shape Value, fortran bool) (*Array, error) {
	a := h.arrays.get(array.Bits)
	if a == nil {
		return nil, ErrForgotten
	}
	if a.built {
		return nil, errors.New("an array with two states")
	}
	if o := h.Opaque(dtype); o != nil {
		*a = Array{built: true, opaque: 1 + o.Class}
		return a, nil
	}
	d, err := h.Dtype(dtype)
	if err != nil {
		return nil, err
	}
	b, err := h.Bytes(content)
	if err != nil {
		return nil, err
	}
	made := Array{Dtype: *d, start: h.containers.get(content.Bits).start, built: true}
	if made.Shape, err = h.shape(shape); err != nil {
		return nil, err
	}
	if err := made.setStride(fortran, len(b)); err != nil {
		return nil, err
	}
	*a = made
	return a, nil
}

// shape returns the dimensions of an array.
func (h *Heap) shape(v Value) (shape []int, err error) {
	if v.Kind != KindTuple {
		return nil, KindError(v, "the shape of an array")
	}
	dims, err := h.Items(v)
	if err != nil {
		return nil, err
	}
	if len(dims) > maxDimensions {
		return nil, LimitError("dimensions of an array", maxDimensions)
	}
	for _, d := range dims {
		if d.Kind != KindInt || d.Bits > MaxBytes {
			return nil, errShape
		}
		shape = append(shape, int(d.Bits))
	}
	return shape, nil
}

var errShape = errors.New("an array with a wrong shape")

// setStride lays out the dimensions. They must fit the size of the content.
func (a *Array) setStride(fortran bool, size int) error {
	a.stride = make([]int, len(a.Shape))
	step := a.Dtype.Size
	for i := range a.Shape {
		dimension := len(a.Shape) - 1 - i
		if fortran {
			dimension = i
		}
		a.stride[dimension] = step
		if step *= a.Shape[dimension]; step > MaxBytes {
			return errShape
		}
	}
	if step != size {
		return fmt.Errorf("an array of %d bytes has %d", step, size)
	}
	return nil
}

// OneItem returns the number in an array of one item, whatever its dimensions, as Python's float
// does.
func (h *Heap) OneItem(v Value) (Value, error) {
	a, err := h.Array(v)
	if err != nil {
		return Value{}, err
	}
	if n := a.items(); n != 1 {
		return Value{}, Unsupported("an array of %d items where a number should be", n)
	}
	n, err := h.Number(*a)
	n.Hole = a.Hole
	return n, err
}

// Number returns the first number of an array.
func (h *Heap) Number(a Array) (Value, error) {
	b, err := h.bytes.many(a.start, a.Dtype.Size)
	if err != nil {
		return Value{}, err
	}
	return a.Dtype.Number(b), nil
}
