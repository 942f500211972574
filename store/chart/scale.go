package chart

import "math"

// span is a range of values; the zero span is empty.
type span struct {
	low, high float64
	any       bool
}

func (s *span) include(v float64) {
	if !s.any {
		*s = span{v, v, true}
	}
	s.low, s.high = min(s.low, v), max(s.high, v)
}

// scale maps values to units: 0 at the lower end of an axis, 1 at the upper.
type scale struct {
	from, to float64 // from < to, both finite; of a logarithmic axis above 0
	log      bool
	empty    bool // nothing is on the axis; from and to mean nothing
}

// newScale returns the scale for a span, with a margin on either side. The margin is a fraction of
// the span's length.
func newScale(s span, log bool, margin float64) scale {
	switch {
	case !s.any:
		return scale{from: 1, to: 10, log: log, empty: true}
	case log:
		const least, tiniest = 1e-300, 1e-305 // below these, numbers lose digits
		low, high := max(s.low, least), max(s.high, least)
		length := math.Log(high) - math.Log(low)
		factor := math.Exp(margin * length) // at most e^57; math.Exp of a large logarithm may overflow early
		if length < 1e-9 {
			factor = 2
		}
		return scale{from: max(low/factor, tiniest), to: min(high*factor, math.MaxFloat64), log: true}
	}
	half := s.high/2 - s.low/2 // the length itself may overflow
	pad := 2 * margin * half
	if size := max(math.Abs(s.low), math.Abs(s.high)); half <= max(size*1e-9, math.SmallestNonzeroFloat64*1e20) {
		if pad = size / 10; pad < 1e-300 {
			pad = 1
		}
	}
	return scale{from: max(s.low-pad, -math.MaxFloat64), to: min(s.high+pad, math.MaxFloat64)}
}

// at returns the place of a value, which may be outside 0 to 1. On a logarithmic scale the value
// must be above 0.
func (s scale) at(v float64) float64 {
	if s.log {
		return (math.Log(v) - math.Log(s.from)) / (math.Log(s.to) - math.Log(s.from))
	}
	return (v/2 - s.from/2) / (s.to/2 - s.from/2)
}

// within is at for values that must be drawn in any case. A value outside the scale goes to the
// nearer end.
func (s scale) within(v float64) float64 {
	at := s.at(v)
	if math.IsNaN(at) || s.log && v <= 0 {
		return 0
	}
	return min(max(at, 0), 1)
}
