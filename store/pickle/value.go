package pickle

import "slices"

// kind says what a value is.
type kind uint8

const (
	kindNone kind = iota
	kindBool
	kindInt
	kindBig    // an integer past int64; bits are those of the nearest double
	kindHuge   // an integer past the largest double
	kindFloat  // bits are those of the double
	kindString // bits are its number among the strings
	kindBytes  // a container of the byte arena
	kindTuple
	kindList
	kindDict // its container holds keys and values in turn
	kindSet
	kindGlobal
	kindObject
	kindDtype
	kindOpaque // an unknown class or function; bits are the number of its name
	kindArray
)

var kindNames = [...]string{
	"None", "bool", "int", "int", "int", "float", "str", "bytes", "tuple", "list", "dict", "set", "class", "object", "dtype", "class", "array",
}

func (k kind) String() string { return kindNames[k] }

// value is one Python object. It holds no pointer, so that the garbage
// collector need not look at stack, memo and arenas.
type value struct {
	kind kind
	held bool  // fetched from the memo since it was put there
	hole uint8 // 1 + which hole of the row being learned it came from; 0 for none
	bits uint64
}

func boolValue(b bool) value {
	if b {
		return value{kind: kindBool, bits: 1}
	}
	return value{kind: kindBool}
}

// arena holds objects of one type. Those that were there when its floor was
// set stay; later ones can be forgotten all at once, when the rows that they
// are part of have become columns.
type arena[T any] struct {
	items []T
	floor int // how many stay
	gone  int // how many were forgotten
}

// add returns the number of a new object.
func (a *arena[T]) add(t T) uint64 {
	a.items = append(a.items, t)
	return uint64(a.gone + len(a.items) - 1)
}

// addMany adds n objects with consecutive numbers, which the caller has to set.
func (a *arena[T]) addMany(n int) []T {
	have := len(a.items)
	a.items = slices.Grow(a.items, n)[:have+n]
	return a.items[have:]
}

// next returns the number that a new object would have.
func (a *arena[T]) next() uint64 { return uint64(a.gone + len(a.items)) }

// get returns an object, and nil if it was forgotten.
func (a *arena[T]) get(n uint64) *T {
	i := int(n)
	if i >= a.floor {
		if i -= a.gone; i < a.floor {
			return nil
		}
	}
	return &a.items[i]
}

// many returns n objects with consecutive numbers from start on, and false if
// they were forgotten.
func (a *arena[T]) many(start uint64, n int) ([]T, bool) {
	if n == 0 {
		return nil, true
	}
	i := int(start)
	if i >= a.floor {
		if i -= a.gone; i < a.floor {
			return nil, false
		}
	}
	return a.items[i : i+n], true
}

// size returns how many objects would be forgotten.
func (a *arena[T]) size() int { return len(a.items) - a.floor }

func (a *arena[T]) setFloor() { a.floor = len(a.items) }

func (a *arena[T]) forget() {
	a.gone += len(a.items) - a.floor
	a.items = a.items[:a.floor]
}

// container is the content of a list, a dict, a tuple or a bytes object: n
// consecutive objects of an arena.
type container struct {
	start  uint64
	n      int
	floats bool // they are in the arena of doubles
	rows   bool // it is the list of rows: its items have become columns
}

// heap holds the objects that values refer to.
type heap struct {
	values     arena[value]
	doubles    arena[float64]
	bytes      arena[byte]
	containers arena[container]
	objects    arena[object]
	arrays     arena[array]

	// Strings and dtypes are made once and fetched from the memo ever after:
	// those that are survive the rows that they first stood in.
	strings     arena[string]
	dtypes      arena[dtype]
	keptStrings []string
	keptDtypes  []dtype
	interned    map[string]uint64

	text, floorText int // bytes of strings, and of those that stay
	keptText        int // bytes of keptStrings, with their places
}

// survives marks the number of a string or dtype as one of those kept.
const survives = 1 << 63

func (h *heap) setFloor() {
	h.values.setFloor()
	h.doubles.setFloor()
	h.bytes.setFloor()
	h.containers.setFloor()
	h.objects.setFloor()
	h.arrays.setFloor()
	h.strings.setFloor()
	h.dtypes.setFloor()
	h.floorText = h.text
}

func (h *heap) forget() {
	h.values.forget()
	h.doubles.forget()
	h.bytes.forget()
	h.containers.forget()
	h.objects.forget()
	h.arrays.forget()
	h.strings.forget()
	h.dtypes.forget()
	h.text = h.floorText
	clear(h.interned)
}

// size returns how many objects would be forgotten.
func (h *heap) size() int {
	return h.values.size() + h.doubles.size() + h.containers.size() + h.strings.size()
}

// survivor returns v as a value that outlives the row it was made in, and
// false if it is of a kind that does not.
func (h *heap) survivor(v value) (value, bool) {
	switch v.kind {
	case kindNone, kindBool, kindInt, kindBig, kindHuge, kindFloat, kindGlobal, kindOpaque:
	case kindString:
		if v.bits&survives == 0 {
			s := *h.strings.get(v.bits)
			if h.keptText += stringSize + len(s); h.keptText > maxKeptText {
				return value{}, false
			}
			h.keptStrings = append(h.keptStrings, s)
			v.bits = survives | uint64(len(h.keptStrings)-1)
		}
	case kindDtype:
		if v.bits&survives == 0 {
			if len(h.keptDtypes) >= maxKept {
				return value{}, false
			}
			h.keptDtypes = append(h.keptDtypes, *h.dtypes.get(v.bits))
			v.bits = survives | uint64(len(h.keptDtypes)-1)
		}
	default:
		return value{}, false
	}
	return v, true
}

// string returns the string that v refers to, and false if v is no string or
// a forgotten one.
func (h *heap) string(v value) (string, bool) {
	if v.kind != kindString {
		return "", false
	}
	if v.bits&survives != 0 {
		return h.keptStrings[v.bits&^survives], true
	}
	s := h.strings.get(v.bits)
	if s == nil {
		return "", false
	}
	return *s, true
}

// newString returns a value for the text in b.
func (h *heap) newString(b []byte) value {
	if n, ok := h.interned[string(b)]; ok {
		return value{kind: kindString, bits: n}
	}
	s := string(b)
	n := h.strings.add(s)
	h.text += len(s)
	if len(b) <= maxInterned {
		h.interned[s] = n
	}
	return value{kind: kindString, bits: n}
}

const maxKeptText = 8 << 20 // bytes of strings that survive

const maxInterned = 64 // bytes of a string that is worth looking up
