package heap

// Container is the content of a list, dict, tuple, set or bytes object: consecutive objects of an
// arena.
type Container struct {
	Len    int
	Floats bool // a list made by NewFloats
	Rows   bool // the list of rows, whose items have become columns
	start  uint64
}

// NewContainer returns a new container with a copy of the items.
func (h *Heap) NewContainer(k Kind, items []Value) Value {
	c := Container{start: h.values.next(), Len: len(items)}
	h.values.items = append(h.values.items, items...)
	return Value{Kind: k, Bits: h.containers.add(c)}
}

// NewFloats returns a new list of n floats. The caller must set them. Nothing can be added to the
// list.
func (h *Heap) NewFloats(n int) (Value, []float64) {
	c := Container{start: h.doubles.next(), Len: n, Floats: true}
	return Value{Kind: KindList, Bits: h.containers.add(c)}, h.doubles.addMany(n)
}

// NewBytes returns a new bytes object with a copy of b.
func (h *Heap) NewBytes(b []byte) Value {
	start := h.bytes.next()
	h.bytes.items = append(h.bytes.items, b...)
	return Value{Kind: KindBytes, Bits: h.containers.add(Container{start: start, Len: len(b)})}
}

// Container returns the content of v, which must be a container. It is valid until the next
// container is made.
func (h *Heap) Container(v Value) (*Container, error) {
	c := h.containers.get(v.Bits)
	if c == nil {
		return nil, ErrForgotten
	}
	return c, nil
}

// Items returns the values in v, which must be a container of values. They are valid until values
// are added to the heap.
func (h *Heap) Items(v Value) ([]Value, error) {
	c, err := h.Container(v)
	if err != nil {
		return nil, err
	}
	return h.ItemsOf(c)
}

// ItemsOf is Items for a container that the caller has already.
func (h *Heap) ItemsOf(c *Container) ([]Value, error) { return h.values.many(c.start, c.Len) }

// FloatsOf returns the floats of a list made by NewFloats.
func (h *Heap) FloatsOf(c *Container) ([]float64, error) { return h.doubles.many(c.start, c.Len) }

// Bytes returns the content of v, and an error if v is not a bytes object.
func (h *Heap) Bytes(v Value) ([]byte, error) {
	if v.Kind != KindBytes {
		return nil, KindError(v, "bytes")
	}
	c, err := h.Container(v)
	if err != nil {
		return nil, err
	}
	return h.bytes.many(c.start, c.Len)
}

// Extend adds items to a container. If other values follow its items in the arena, its items first
// move to the end.
func (h *Heap) Extend(c *Container, items []Value) error {
	if c.start+uint64(c.Len) != h.values.next() {
		old, err := h.ItemsOf(c)
		if err != nil {
			return err
		}
		if err := h.Hold(ValueSize * c.Len); err != nil {
			return err
		}
		c.start = h.values.next()
		h.values.items = append(h.values.items, old...)
	}
	h.values.items = append(h.values.items, items...)
	c.Len += len(items)
	return nil
}
