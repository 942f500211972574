package heap

// Sharing holds the objects that rows of different batches share. The heap forgets the objects of a
// batch, so a pickle that refers to them later is read three times: until the first such reference,
// then to note all such references, then with their objects kept.
type Sharing struct {
	noting bool // noting which objects are wanted
	wanted map[int]struct{}
	kept   map[int]Value // in the heap below
	heap   Heap
}

// NewSharing returns a Sharing for the reading that notes the wanted objects.
func NewSharing() *Sharing {
	s := &Sharing{noting: true, wanted: map[int]struct{}{}, kept: map[int]Value{}}
	s.heap.Reset(nil)
	return s
}

// Keep ends the noting: the next reading keeps the wanted objects.
func (s *Sharing) Keep() { s.noting = false }

// Noting reports whether this reading only notes the wanted objects. During it, forgotten objects
// are placeholders, and so must be all objects made from others.
func (h *Heap) Noting() bool { return h.memo.shared != nil && h.memo.shared.noting }

// NewPlaceholder returns a new opaque object that stands for a forgotten one.
func (h *Heap) NewPlaceholder() Value { return h.NewOpaque("an object of an earlier batch") }

// keep keeps a copy of an object if it is wanted and not too large.
func (s *Sharing) keep(n int, v Value, from *Heap) {
	if _, ok := s.wanted[n]; !ok || s.noting {
		return
	}
	c := copier{from: from, to: &s.heap, limit: maxShared}
	if kept, err := c.copy(v, 0); err == nil {
		s.kept[n] = kept
	}
}

// get copies the object with the number n into a heap, and returns how many values it has. While s
// is noting, it returns a placeholder.
func (s *Sharing) get(n int, to *Heap) (v Value, copied int, err error) {
	if s == nil {
		return Value{}, 0, ErrForgotten
	}
	if s.noting {
		if len(s.wanted) >= maxWanted {
			return Value{}, 0, LimitError("objects shared by rows of different batches", maxWanted)
		}
		s.wanted[n] = struct{}{}
		return to.NewPlaceholder(), 0, nil
	}
	kept, ok := s.kept[n]
	if !ok {
		return Value{}, 0, ErrForgotten
	}
	c := copier{from: &s.heap, to: to, limit: maxHeld}
	v, err = c.copy(kept, 0)
	return v, c.copied, err
}

// copier copies objects from one heap to another.
type copier struct {
	from, to *Heap
	limit    int // bytes that the target may take
	copied   int // number of values
}

func (c *copier) copy(v Value, deep int) (Value, error) {
	v.Hole, v.held = 0, false
	if deep > maxDepth || c.to.held() > c.limit {
		return v, ErrForgotten
	}
	c.copied++
	switch v.Kind {
	case KindString:
		s, ok := c.from.Text(v)
		if !ok {
			return v, ErrForgotten
		}
		return c.to.NewString([]byte(s)), nil
	case KindBytes:
		b, err := c.from.Bytes(v)
		if err != nil {
			return v, err
		}
		return c.to.NewBytes(b), nil
	case KindTuple, KindList, KindDict, KindSet:
		return c.copyContainer(v, deep)
	case KindObject:
		return c.copyObject(v, deep)
	case KindDtype:
		d, err := c.from.Dtype(v)
		if err != nil {
			return v, err
		}
		return c.to.NewDtype(*d), nil
	case KindArray:
		return c.copyArray(v)
	}
	return v, nil
}

func (c *copier) copyContainer(v Value, deep int) (Value, error) {
	old, err := c.from.Container(v)
	if err != nil || old.Rows {
		return v, ErrForgotten
	}
	if old.Floats {
		doubles, err := c.from.FloatsOf(old)
		if err != nil {
			return v, err
		}
		made, floats := c.to.NewFloats(old.Len)
		c.copied += copy(floats, doubles)
		return made, nil
	}
	items, err := c.from.ItemsOf(old)
	if err != nil {
		return v, err
	}
	copies := make([]Value, len(items))
	for i, item := range items {
		if copies[i], err = c.copy(item, deep+1); err != nil {
			return v, err
		}
	}
	return c.to.NewContainer(v.Kind, copies), nil
}

func (c *copier) copyObject(v Value, deep int) (Value, error) {
	o := c.from.Object(v)
	if o == nil {
		return v, ErrForgotten
	}
	made := *o
	if o.State.Kind != KindNone {
		state, err := c.copy(o.State, deep+1)
		if err != nil {
			return v, err
		}
		made.State = state
	}
	v.Bits = c.to.objects.add(made)
	return v, nil
}

func (c *copier) copyArray(v Value) (Value, error) {
	a := c.from.arrays.get(v.Bits)
	if a == nil || !a.built {
		return v, ErrForgotten
	}
	made := *a
	made.Hole = 0
	if a.opaque == 0 {
		b, err := c.from.bytes.many(a.start, a.Dtype.Size*a.items())
		if err != nil {
			return v, err
		}
		made.start = c.to.bytes.next()
		copy(c.to.bytes.addMany(len(b)), b)
		c.copied += len(b)
	}
	v.Bits = c.to.arrays.add(made)
	return v, nil
}
