package heap

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// Dtype is a numpy type of real numbers.
type Dtype struct {
	Class byte // b, i, u or f, as in dtype.kind
	Size  int  // bytes per item
	Big   bool // the highest byte comes first
}

var dtypes = map[string]Dtype{
	"b1": {Class: 'b', Size: 1},
	"i1": {Class: 'i', Size: 1}, "i2": {Class: 'i', Size: 2}, "i4": {Class: 'i', Size: 4}, "i8": {Class: 'i', Size: 8},
	"u1": {Class: 'u', Size: 1}, "u2": {Class: 'u', Size: 2}, "u4": {Class: 'u', Size: 4}, "u8": {Class: 'u', Size: 8},
	"f2": {Class: 'f', Size: 2}, "f4": {Class: 'f', Size: 4}, "f8": {Class: 'f', Size: 8},
	"f12": {Class: 'f', Size: 12}, "f16": {Class: 'f', Size: 16},
}

// ParseDtype returns the type with a numpy code, such as "f8" or "<f4"; false if its values are not
// real numbers.
func ParseDtype(code string) (Dtype, bool) {
	d, ok := dtypes[strings.TrimLeft(code, "<>=|")]
	d.Big = strings.HasPrefix(code, ">")
	return d, ok
}

// NewDtype returns a new value for d.
func (h *Heap) NewDtype(d Dtype) Value { return Value{Kind: KindDtype, Bits: h.dtypes.add(d)} }

// Dtype returns the dtype that v refers to, and an error if v is another kind of value.
func (h *Heap) Dtype(v Value) (*Dtype, error) {
	if v.Kind != KindDtype {
		return nil, KindError(v, "a dtype")
	}
	if v.Bits&survives != 0 {
		return &h.keptDtypes[v.Bits&^survives], nil
	}
	d := h.dtypes.get(v.Bits)
	if d == nil {
		return nil, ErrForgotten
	}
	return d, nil
}

// Number returns the number in b, which has d.Size bytes.
func (d Dtype) Number(b []byte) Value {
	if d.Size > 8 {
		return Float(extendedFloat(b, d.Big))
	}
	low := d.unsigned(b)
	switch {
	case d.Class == 'b':
		return Bool(low != 0)
	case d.Class == 'i':
		unused := 64 - 8*d.Size
		return Int(int64(low<<unused) >> unused)
	case d.Class == 'u' && low > math.MaxInt64:
		return Value{Kind: KindBig, Bits: math.Float64bits(float64(low))}
	case d.Class == 'u':
		return Int(int64(low))
	case d.Size == 2:
		return Float(halfFloat(uint16(low)))
	case d.Size == 4:
		return Float(float64(math.Float32frombits(uint32(low)))) // a NaN keeps its payload and becomes quiet
	}
	return Value{Kind: KindFloat, Bits: low}
}

// unsigned returns the bits of an item of at most 8 bytes.
func (d Dtype) unsigned(b []byte) uint64 {
	var padded [8]byte
	if d.Big {
		copy(padded[8-len(b):], b)
		return binary.BigEndian.Uint64(padded[:])
	}
	copy(padded[:], b)
	return binary.LittleEndian.Uint64(padded[:])
}

// halfFloat converts IEEE 754 binary16, as numpy does: a NaN keeps its payload.
func halfFloat(h uint16) float64 {
	sign := uint64(h>>15) << 63
	exponent, fraction := int(h>>10&0x1f), uint64(h&0x3ff)
	switch exponent {
	case 0x1f:
		return math.Float64frombits(sign | 0x7ff<<52 | fraction<<42)
	case 0:
		v := math.Ldexp(float64(fraction), -24)
		return math.Float64frombits(math.Float64bits(v) | sign)
	}
	return math.Float64frombits(sign | uint64(exponent-15+1023)<<52 | fraction<<42)
}

// extendedFloat converts the 80-bit format of x87, in 12 or 16 bytes, to the nearest double, ties
// to even.
func extendedFloat(b []byte, big bool) float64 {
	raw := slices.Clone(b)
	if big {
		slices.Reverse(raw)
	}
	mantissa := binary.LittleEndian.Uint64(raw)
	top := binary.LittleEndian.Uint16(raw[8:])
	exponent := int(top & 0x7fff)
	sign := 1.0
	if top&0x8000 != 0 {
		sign = -1
	}
	switch {
	case exponent == 0x7fff && mantissa<<1 == 0:
		return math.Inf(int(sign))
	case exponent == 0x7fff:
		return math.Float64frombits(uint64(top>>15)<<63 | 0x7ff8<<48 | mantissa<<1>>12)
	case mantissa == 0:
		return math.Copysign(0, sign)
	}
	return math.Copysign(roundedLdexp(mantissa, exponent-16383-63), sign)
}

// roundedLdexp returns mantissa x 2^exponent, rounded once.
func roundedLdexp(mantissa uint64, exponent int) float64 {
	const least = -1074 // exponent of the last bit of a subnormal double
	for mantissa>>63 == 0 {
		mantissa <<= 1
		exponent--
	}
	drop := max(11, least-exponent) // bits that do not fit a double
	if drop > 64 {
		return 0
	}
	if drop == 64 {
		if mantissa > 1<<63 {
			return math.Ldexp(1, least)
		}
		return 0
	}
	kept, rest, half := mantissa>>drop, mantissa&(1<<drop-1), uint64(1)<<(drop-1)
	if rest > half || rest == half && kept&1 == 1 {
		kept++
	}
	return math.Ldexp(float64(kept), exponent+drop)
}
