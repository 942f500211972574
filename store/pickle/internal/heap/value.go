package heap

import "math"

// Kind is the kind of a value.
type Kind uint8

// The kinds of values, with the meaning of Bits for each.
const (
	KindNone   Kind = iota
	KindBool        // 0 or 1
	KindInt         // the integer, an int64
	KindBig         // an integer outside int64: the bits of the nearest double
	KindHuge        // an integer beyond the largest double
	KindFloat       // the bits of the double
	KindString      // from here on, an index in the heap
	KindBytes
	KindTuple
	KindList
	KindDict // a container of alternating keys and values
	KindSet
	KindGlobal // a class or function that the caller knows, by the caller's number
	KindObject
	KindDtype
	KindOpaque // an unknown class or function
	KindArray
)

var kindNames = [...]string{
	"None", "bool", "int", "int", "int", "float", "str", "bytes", "tuple", "list", "dict", "set", "class", "object", "dtype", "class", "array",
}

// String returns the name of the type in Python.
func (k Kind) String() string { return kindNames[k] }

// Value is one Python object; the zero Value is None. It holds no pointer, so the garbage collector
// need not scan stack, memo and arenas.
type Value struct {
	Kind Kind
	held bool  // fetched from the memo since it was put there
	Hole uint8 // 1 + index of the hole, in the row being learned, that it came from; 0 for none
	Bits uint64
}

// Bool returns True or False.
func Bool(b bool) Value {
	if b {
		return Value{Kind: KindBool, Bits: 1}
	}
	return Value{Kind: KindBool}
}

// Int returns an integer.
func Int(v int64) Value { return Value{Kind: KindInt, Bits: uint64(v)} }

// Float returns a float.
func Float(v float64) Value { return Value{Kind: KindFloat, Bits: math.Float64bits(v)} }
