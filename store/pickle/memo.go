package pickle

import "math"

// memo holds what later opcodes can fetch. Only what was put there lately is
// kept whole; of what came before, only strings, classes, dtypes and numbers
// are, since only these outlive a row. That bounds the memory of a pickle that
// memoizes every one of a million rows.
type memo struct {
	recent []value
	first  int           // the number of recent[0]
	low    [256]value    // of what is kept, what has a number below 256
	kept   map[int]value // the rest, by number
	count  int           // numbers given so far
	shared *sharing      // what rows of different batches have in common; nil in a first attempt
}

const (
	maxRecent  = 1 << 15 // entries at which the memo forgets, at the end of a batch
	maxKept    = 1 << 16 // entries kept beyond that
	freelyKept = 4096    // of these the entries that nothing has fetched yet
)

// add memoizes v under the next number.
func (m *memo) add(v value, h *heap) error {
	v.hole = 0
	v.held = false
	if m.first+len(m.recent) != m.count {
		m.settle(h)
	}
	if len(m.recent) >= maxMemo {
		return limitError("objects memoized in a batch of rows", maxMemo)
	}
	m.recent = append(m.recent, v)
	m.count++
	return nil
}

// put memoizes v under a number of the pickle's choice.
func (m *memo) put(n uint64, v value, h *heap) error {
	if n == uint64(m.count) {
		return m.add(v, h)
	}
	if n > math.MaxInt32 {
		return limitError("objects in the memo", math.MaxInt32)
	}
	v.hole = 0
	if i := int(n) - m.first; i >= 0 && i < len(m.recent) {
		m.recent[i] = v
		return nil
	}
	if int(n) > m.count {
		m.settle(h)
		m.first, m.count = int(n), int(n)
		return m.add(v, h)
	}
	return m.keep(int(n), v, h)
}

func (m *memo) keep(n int, v value, h *heap) error {
	if len(m.kept) >= maxKept {
		return limitError("objects memoized out of order", maxKept)
	}
	if n < len(m.low) {
		m.low[n] = value{}
	}
	delete(m.kept, n)
	if m.shared != nil {
		m.shared.keep(n, v, h)
	}
	if s, ok := h.survivor(v); ok {
		m.kept[n] = s
	}
	return nil
}

// get fetches what has the number n.
func (m *memo) get(n uint64) (value, error) {
	if n >= uint64(m.count) {
		return value{}, errUnknownRef
	}
	if i := int(n) - m.first; i >= 0 && i < len(m.recent) {
		v := m.recent[i]
		m.recent[i].held = true
		v.held = false
		return v, nil
	}
	if n < uint64(len(m.low)) && m.low[n].kind != kindNone {
		return m.low[n], nil
	}
	if v, ok := m.kept[int(n)]; ok {
		return v, nil
	}
	return value{}, errForgotten
}

// skip counts objects that were memoized without the machine seeing them.
func (m *memo) skip(n int) { m.count += n }

// settle forgets the recent entries, but for those that outlive a row.
func (m *memo) settle(h *heap) {
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
