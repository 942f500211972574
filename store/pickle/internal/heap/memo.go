package heap

import "math"

// memo holds the objects that later opcodes can fetch. It keeps all recent ones. Of earlier objects
// it keeps only strings, classes, dtypes and numbers, because nothing else outlives a row. That
// bounds the memory if a pickle memoizes each of a million rows.
type memo struct {
	recent []Value
	first  int           // the number of recent[0]
	low    [256]Value    // earlier entries with a number below 256
	kept   map[int]Value // other earlier entries, by number
	count  int           // numbers given so far
	shared *Sharing      // objects that rows of different batches share; nil on a first reading
}

// Memoized returns how many objects have been memoized: the next one gets this number.
func (h *Heap) Memoized() int { return h.memo.count }

// Memoize memoizes v under the next number.
func (h *Heap) Memoize(v Value) error {
	m := &h.memo
	v.Hole, v.held = 0, false
	if m.first+len(m.recent) != m.count {
		h.settle()
	}
	if len(m.recent) >= maxMemo {
		return LimitError("objects memoized in a batch of rows", maxMemo)
	}
	m.recent = append(m.recent, v)
	m.count++
	return nil
}

// Put memoizes v under a number that the pickle chose.
func (h *Heap) Put(n uint64, v Value) error {
	m := &h.memo
	if n == uint64(m.count) {
		return h.Memoize(v)
	}
	if n > math.MaxInt32 {
		return LimitError("objects in the memo", math.MaxInt32)
	}
	v.Hole = 0
	if i := int(n) - m.first; i >= 0 && i < len(m.recent) {
		m.recent[i] = v
		return nil
	}
	if int(n) > m.count {
		h.settle()
		m.first, m.count = int(n), int(n)
		return h.Memoize(v)
	}
	if len(m.kept) >= maxKept {
		return LimitError("objects memoized out of order", maxKept)
	}
	if n < uint64(len(m.low)) {
		m.low[n] = Value{}
	}
	delete(m.kept, int(n))
	if m.shared != nil {
		m.shared.keep(int(n), v, h)
	}
	if s, ok := h.survivor(v); ok {
		m.kept[int(n)] = s
	}
	return nil
}

// Get fetches the object with the number n. An object shared by rows of different batches is a new
// copy; copied is the number of values copied for it.
func (h *Heap) Get(n uint64) (v Value, copied int, err error) {
	m := &h.memo
	if n >= uint64(m.count) {
		return Value{}, 0, errUnknownRef
	}
	if i := int(n) - m.first; i >= 0 && i < len(m.recent) {
		v := m.recent[i]
		m.recent[i].held = true
		v.held = false
		return v, 0, nil
	}
	if n < uint64(len(m.low)) && m.low[n].Kind != KindNone {
		return m.low[n], 0, nil
	}
	if v, ok := m.kept[int(n)]; ok {
		return v, 0, nil
	}
	return m.shared.get(int(n), h)
}

// Skip counts objects that were memoized without the heap seeing them.
func (h *Heap) Skip(n int) { h.memo.count += n }

// settle forgets the recent entries, except values that outlive a row.
func (h *Heap) settle() {
	m := &h.memo
	if m.shared != nil {
		for i, v := range m.recent {
			m.shared.keep(m.first+i, v, h)
		}
	}
	for i, v := range m.recent {
		if len(m.kept) >= maxKept {
			break
		}
		if !v.held && len(m.kept) >= freelyKept {
			continue
		}
		v.held = false
		s, ok := h.survivor(v)
		switch n := m.first + i; {
		case !ok:
		case n < len(m.low):
			m.low[n] = s
		default:
			m.kept[n] = s
		}
	}
	m.recent = m.recent[:0]
	m.first = m.count
}

// survivor returns v as a value that outlives its row; false if its kind does not.
func (h *Heap) survivor(v Value) (Value, bool) {
	switch v.Kind {
	case KindNone, KindBool, KindInt, KindBig, KindHuge, KindFloat, KindGlobal, KindOpaque:
	case KindString:
		if v.Bits&survives == 0 {
			s := *h.strings.get(v.Bits)
			if h.keptText += stringSize + len(s); h.keptText > maxKeptText {
				return Value{}, false
			}
			h.keptStrings = append(h.keptStrings, s)
			v.Bits = survives | uint64(len(h.keptStrings)-1)
		}
	case KindDtype:
		if v.Bits&survives == 0 {
			if len(h.keptDtypes) >= maxKept {
				return Value{}, false
			}
			h.keptDtypes = append(h.keptDtypes, *h.dtypes.get(v.Bits))
			v.Bits = survives | uint64(len(h.keptDtypes)-1)
		}
	default:
		return Value{}, false
	}
	return v, true
}
