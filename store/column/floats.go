package column

import (
	"math"
	"slices"
)

// Floats is a column of doubles in which any value may be null. Bits are kept
// as they are: NaN payloads, the sign of zero.
//
// Null is nil as long as no value is null, else it has the length of Values;
// the value of a null is 0.
type Floats struct {
	Values []float64
	Null   []bool
}

// Len returns the number of values, nulls included.
func (f Floats) Len() int { return len(f.Values) }

// IsNull reports whether value i is null.
func (f Floats) IsNull(i int) bool { return f.Null != nil && f.Null[i] }

// Append adds one value.
func (f *Floats) Append(v float64) {
	f.Values = append(f.Values, v)
	if f.Null != nil {
		f.Null = append(f.Null, false)
	}
}

// AppendNull adds one null.
func (f *Floats) AppendNull() {
	if f.Null == nil {
		f.Null = make([]bool, len(f.Values), cap(f.Values)+1)
	}
	f.Values = append(f.Values, 0)
	f.Null = append(f.Null, true)
}

// AppendFrom adds the values from to to-1 of g.
func (f *Floats) AppendFrom(g Floats, from, to int) {
	if g.Null != nil && f.Null == nil {
		f.Null = make([]bool, len(f.Values), len(f.Values)+to-from)
	}
	f.Values = append(f.Values, g.Values[from:to]...)
	switch {
	case g.Null != nil:
		f.Null = append(f.Null, g.Null[from:to]...)
	case f.Null != nil:
		f.Null = append(f.Null, make([]bool, to-from)...)
	}
}

// Slice returns the values from to to-1, sharing their memory.
func (f Floats) Slice(from, to int) Floats {
	s := Floats{Values: f.Values[from:to:to]}
	if f.Null != nil {
		s.Null = f.Null[from:to:to]
	}
	return s
}

// Equal reports whether f and g hold the same nulls and, bit for bit, the
// same values.
func (f Floats) Equal(g Floats) bool {
	if len(f.Values) != len(g.Values) {
		return false
	}
	for i, v := range f.Values {
		if math.Float64bits(v) != math.Float64bits(g.Values[i]) {
			return false
		}
	}
	if f.Null == nil && g.Null == nil {
		return true
	}
	for i := range f.Values {
		if f.IsNull(i) != g.IsNull(i) {
			return false
		}
	}
	return true
}

// HasNull reports whether any value is null.
func (f Floats) HasNull() bool { return slices.Contains(f.Null, true) }
