package column

import "math"

// Floats is a column of doubles in which any value may be null. Values keep their bits: NaN
// payloads, the sign of zero.
//
// Null is empty as long as no value is null; else it has the length of Values. The value of a null
// is 0.
type Floats struct {
	Values Blocks[float64]
	Null   Blocks[bool]
}

// Reset removes all values and keeps their memory for reuse.
func (f *Floats) Reset() {
	f.Values.Reset()
	f.Null.Reset()
}

// Len returns the number of values, nulls included.
func (f Floats) Len() int { return f.Values.Len() }

// At returns value i; 0 for a null.
func (f Floats) At(i int) float64 { return f.Values.At(i) }

// IsNull reports whether value i is null.
func (f Floats) IsNull(i int) bool { return f.Null.Len() > 0 && f.Null.At(i) }

// Append adds one value.
func (f *Floats) Append(v float64) {
	f.Values.Spare()[0] = v
	f.Take(1)
}

// AppendValues adds values.
func (f *Floats) AppendValues(values []float64) {
	f.Values.Append(values...)
	if f.Null.Len() > 0 {
		f.Null.AppendZeros(len(values))
	}
}

// AppendNull adds one null.
func (f *Floats) AppendNull() {
	f.Null.AppendZeros(f.Len() - f.Null.Len())
	f.Values.Append(0)
	f.Null.Append(true)
}

// AppendFrom adds the values from to to-1 of g.
func (f *Floats) AppendFrom(g Floats, from, to int) {
	if g.Null.Len() > 0 && to > from {
		f.Null.AppendZeros(f.Len() - f.Null.Len())
		f.Null.AppendFrom(g.Null, from, to)
	} else if f.Null.Len() > 0 {
		f.Null.AppendZeros(to - from)
	}
	f.Values.AppendFrom(g.Values, from, to)
}

// Take adds the first n values of the memory that f.Values.Spare returned.
func (f *Floats) Take(n int) {
	f.Values.Take(n)
	if f.Null.Len() > 0 {
		f.Null.AppendZeros(n)
	}
}

// Equal reports whether values from to to-1 of f equal as many of g from at on: the same nulls and,
// bit for bit, the same values.
func (f Floats) Equal(from, to int, g Floats, at int) bool {
	for s, t := range f.Values.Beside(from, to, g.Values, at) {
		for i, v := range s {
			if math.Float64bits(v) != math.Float64bits(t[i]) {
				return false
			}
		}
	}
	if f.Null.Len() == 0 && g.Null.Len() == 0 {
		return true
	}
	for ; from < to; from, at = from+1, at+1 {
		if f.IsNull(from) != g.IsNull(at) {
			return false
		}
	}
	return true
}

// NotFinite returns "NaN", "Infinity" or "-Infinity", as Python's json module writes these doubles;
// "" for any other.
func NotFinite(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return ""
}
