package pickle

// sharing holds the objects that rows of different batches have in common. The machine
// forgets the objects of a batch, so a pickle that refers to them later is read three
// times: once until that shows, once to learn which objects it refers to, and once
// while these are kept.
type sharing struct {
	noting bool // learn which objects are wanted; rows are not read
	wanted map[int]struct{}
	kept   map[int]value // in the heap below
	heap   heap
}

const (
	maxShared = 8 << 20 // bytes of the objects that are kept
	maxWanted = 1 << 16 // of these objects
)

// note notes that the object with the number n is wanted.
func (s *sharing) note(n int) error {
	if len(s.wanted) >= maxWanted {
		return limitError("objects that rows of different batches have in common", maxWanted)
	}
	s.wanted[n] = struct{}{}
	return nil
}

// keep keeps a copy of an object that is wanted, unless it is too large. To refer to it
// is an error then.
func (s *sharing) keep(n int, v value, from *heap) {
	if _, ok := s.wanted[n]; !ok || s.noting {
		return
	}
	c := copier{from: from, to: &s.heap, limit: maxShared}
	if kept, err := c.copy(v, 0); err == nil {
		s.kept[n] = kept
	}
}

// noting reports whether the machine only learns which objects are wanted. Objects that
// it has forgotten are placeholders then, and so is what would be made of them.
func (m *machine) noting() bool { return m.shared != nil && m.shared.noting }

func (m *machine) placeholder() value {
	return m.opaqueObject(m.opaqueName("an object of an earlier batch"))
}

// fetchShared returns the object with the number n, which was forgotten.
func (m *machine) fetchShared(n int) (value, error) {
	s := m.memo.shared
	if s == nil {
		return value{}, errForgotten
	}
	if s.noting {
		return m.placeholder(), s.note(n)
	}
	v, ok := s.kept[n]
	if !ok {
		return value{}, errForgotten
	}
	c := copier{from: &s.heap, to: &m.heap, limit: maxHeld}
	v, err := c.copy(v, 0)
	if err != nil {
		return value{}, err
	}
	return v, m.work(c.copied)
}

// copier copies objects from a heap to another.
type copier struct {
	from, to *heap
	limit    int // bytes that the other may take
	copied   int // values
}

func (c *copier) copy(v value, deep int) (value, error) {
	v.hole, v.held = 0, false
	if deep > maxDepth || c.to.held() > c.limit {
		return v, errForgotten
	}
	c.copied++
	switch v.kind {
	case kindString:
		s, ok := c.from.string(v)
		if !ok {
			return v, errForgotten
		}
		return c.to.newString([]byte(s)), nil
	case kindBytes:
		b, err := c.from.bytesOf(v)
		if err != nil {
			return v, err
		}
		return c.to.newBytes(b), nil
	case kindTuple, kindList, kindDict, kindSet:
		return c.copyContainer(v, deep)
	case kindObject:
		return c.copyObject(v, deep)
	case kindDtype:
		d, err := c.from.dtype(v)
		if err != nil {
			return v, err
		}
		v.bits = c.to.dtypes.add(*d)
	case kindArray:
		return c.copyArray(v)
	}
	return v, nil
}

func (c *copier) copyContainer(v value, deep int) (value, error) {
	old, err := c.from.container(v)
	if err != nil || old.rows {
		return v, errForgotten
	}
	made := container{n: old.n, floats: old.floats}
	if old.floats {
		doubles, ok := c.from.doubles.many(old.start, old.n)
		if !ok {
			return v, errForgotten
		}
		made.start = c.to.doubles.next()
		copy(c.to.doubles.addMany(old.n), doubles)
		c.copied += old.n
	} else {
		items, err := c.from.items(v)
		if err != nil {
			return v, err
		}
		copies := make([]value, len(items))
		for i, item := range items {
			if copies[i], err = c.copy(item, deep+1); err != nil {
				return v, err
			}
		}
		made.start = c.to.values.next()
		copy(c.to.values.addMany(len(copies)), copies)
	}
	v.bits = c.to.containers.add(made)
	return v, nil
}

func (c *copier) copyObject(v value, deep int) (value, error) {
	o := c.from.objects.get(v.bits)
	if o == nil {
		return v, errForgotten
	}
	made := *o
	if o.state.kind != kindNone {
		state, err := c.copy(o.state, deep+1)
		if err != nil {
			return v, err
		}
		made.state = state
	}
	v.bits = c.to.objects.add(made)
	return v, nil
}

func (c *copier) copyArray(v value) (value, error) {
	a := c.from.arrays.get(v.bits)
	if a == nil || !a.built {
		return v, errForgotten
	}
	made := *a
	made.hole = 0
	if a.opaque == 0 {
		b, ok := c.from.bytes.many(a.start, a.dtype.size*a.items())
		if !ok {
			return v, errForgotten
		}
		made.start = c.to.bytes.next()
		copy(c.to.bytes.addMany(len(b)), b)
		c.copied += len(b)
	}
	v.bits = c.to.arrays.add(made)
	return v, nil
}
