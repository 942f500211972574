package heap

import "slices"

// arena holds objects of one type. Objects made before its floor was set stay. Later ones are
// forgotten all at once, when the rows that contain them have become columns.
type arena[T any] struct {
	items []T
	floor int // how many objects stay
	gone  int // how many were forgotten
}

// add returns the number of a new object.
func (a *arena[T]) add(t T) uint64 {
	a.items = append(a.items, t)
	return uint64(a.gone + len(a.items) - 1)
}

// addMany adds n objects with consecutive numbers. The caller must set them.
func (a *arena[T]) addMany(n int) []T {
	have := len(a.items)
	a.items = slices.Grow(a.items, n)[:have+n]
	return a.items[have:]
}

// next returns the number that a new object would have.
func (a *arena[T]) next() uint64 { return uint64(a.gone + len(a.items)) }

// get returns an object; nil if it was forgotten.
func (a *arena[T]) get(n uint64) *T {
	i := int(n)
	if i >= a.floor {
		if i -= a.gone; i < a.floor {
			return nil
		}
	}
	return &a.items[i]
}

// many returns n objects with consecutive numbers from start on.
func (a *arena[T]) many(start uint64, n int) ([]T, error) {
	if n == 0 {
		return nil, nil
	}
	i := int(start)
	if i >= a.floor {
		if i -= a.gone; i < a.floor {
			return nil, ErrForgotten
		}
	}
	return a.items[i : i+n], nil
}

// size returns how many objects would be forgotten.
func (a *arena[T]) size() int { return len(a.items) - a.floor }

func (a *arena[T]) setFloor() { a.floor = len(a.items) }

func (a *arena[T]) forget() {
	a.gone += len(a.items) - a.floor
	a.items = a.items[:a.floor]
}

// emptied returns an arena without objects. It reuses the memory of the arena if that is small. The
// objects must not have pointers, because they stay in that memory.
func (a *arena[T]) emptied() arena[T] {
	if cap(a.items) > maxReused {
		return arena[T]{}
	}
	return arena[T]{items: a.items[:0]}
}
