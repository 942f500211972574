package pickle

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"statsmirror/store/pickle/internal/template"
)

// dtype is a numpy type of real numbers.
type dtype struct {
	class byte // b, i, u, f, as in dtype.kind
	size  int  // bytes of an item
	big   bool // the highest byte comes first
}

// dtypes are those of real numbers.
var dtypes = map[string]dtype{
	"b1": {class: 'b', size: 1},
	"i1": {class: 'i', size: 1}, "i2": {class: 'i', size: 2}, "i4": {class: 'i', size: 4}, "i8": {class: 'i', size: 8},
	"u1": {class: 'u', size: 1}, "u2": {class: 'u', size: 2}, "u4": {class: 'u', size: 4}, "u8": {class: 'u', size: 8},
	"f2": {class: 'f', size: 2}, "f4": {class: 'f', size: 4}, "f8": {class: 'f', size: 8},
	"f12": {class: 'f', size: 12}, "f16": {class: 'f', size: 16},
}

// newDtype takes a type string such as "f8" or "<f4".
func (m *machine) newDtype(code value) (value, error) {
	s, _ := m.string(code)
	d, ok := dtypes[strings.TrimLeft(s, "<>=|")]
	if !ok {
		return m.opaqueObject(m.opaqueName("numpy.dtype " + shorten(s))), nil
	}
	d.big = strings.HasPrefix(s, ">")
	return value{kind: kindDtype, bits: m.dtypes.add(d)}, nil
}

func (h *heap) dtype(v value) (*dtype, error) {
	if v.kind != kindDtype {
		return nil, kindError(v, "a dtype")
	}
	if v.bits&survives != 0 {
		return &h.keptDtypes[v.bits&^survives], nil
	}
	d := h.dtypes.get(v.bits)
	if d == nil {
		return nil, errForgotten
	}
	return d, nil
}

// buildDtype takes the state that numpy gives a dtype, of which only the byte
// order matters for numbers.
func (m *machine) buildDtype(target, state value) error {
	d, err := m.dtype(target)
	if err != nil {
		return err
	}
	if state.kind != kindTuple {
		return kindError(state, "the state of a dtype")
	}
	parts, err := m.items(state)
	if err != nil {
		return err
	}
	if len(parts) < 2 {
		return errors.New("a dtype without byte order")
	}
	order, ok := m.string(parts[1])
	if !ok || len(order) != 1 || !strings.Contains("<>=|", order) {
		return errors.New("a dtype without byte order")
	}
	d.big = order == ">"
	m.fast.unlearn()
	return nil
}

// scalar returns the number that a numpy scalar is.
func (m *machine) scalar(dt, content value) (value, error) {
	if o := m.opaque(dt); o != nil {
		return m.opaqueObject(o.name), nil
	}
	d, err := m.dtype(dt)
	if err != nil {
		return value{}, err
	}
	b, err := m.bytesOf(content)
	if err != nil {
		return value{}, err
	}
	if len(b) != d.size {
		return value{}, fmt.Errorf("a numpy scalar of %d bytes has %d", d.size, len(b))
	}
	v := d.number(b)
	v.hole = m.fast.isNumber(content.hole, *d)
	return v, nil
}

func (h *heap) bytesOf(v value) ([]byte, error) {
	if v.kind != kindBytes {
		return nil, kindError(v, "bytes")
	}
	c, err := h.container(v)
	if err != nil {
		return nil, err
	}
	b, ok := h.bytes.many(c.start, c.n)
	if !ok {
		return nil, errForgotten
	}
	return b, nil
}

// number returns the number that stands in b, which has d.size bytes.
func (d dtype) number(b []byte) value {
	var low uint64
	if d.size <= 8 {
		if d.big {
			low = bigEndian(b)
		} else {
			low = littleEndianUint(b)
		}
	}
	switch {
	case d.class == 'b':
		return boolValue(low != 0)
	case d.class == 'i':
		unused := 64 - 8*d.size
		return integer(int64(low<<unused) >> unused)
	case d.class == 'u' && low > math.MaxInt64:
		return value{kind: kindBig, bits: math.Float64bits(float64(low))}
	case d.class == 'u':
		return integer(int64(low))
	case d.size == 2:
		return float(halfFloat(uint16(low)))
	case d.size == 4:
		return value{kind: kindFloat, bits: template.Widen(uint32(low))}
	case d.size == 8:
		return value{kind: kindFloat, bits: low}
	}
	return float(extendedFloat(b, d.big))
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

// extendedFloat converts the 80-bit format of x87 in 12 or 16 bytes, rounding
// to the nearest double, ties to even.
func extendedFloat(b []byte, big bool) float64 {
	raw := make([]byte, len(b))
	copy(raw, b)
	if big {
		for i := range raw {
			raw[i] = b[len(b)-1-i]
		}
	}
	mantissa := littleEndianUint(raw[:8])
	top := uint16(littleEndianUint(raw[8:10]))
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
	drop := max(11, least-exponent) // bits that a double has no room for
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
