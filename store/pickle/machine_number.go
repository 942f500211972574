package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"statsmirror/store/pickle/internal/heap"
	"statsmirror/store/pickle/internal/opcode"
	"statsmirror/store/pickle/internal/template"
)

var numberHandlers = map[byte]func(*machine) error{
	opcode.None:     func(m *machine) error { return m.push(heap.Value{}) },
	opcode.NewTrue:  func(m *machine) error { return m.push(heap.Bool(true)) },
	opcode.NewFalse: func(m *machine) error { return m.push(heap.Bool(false)) },
	opcode.Int:      (*machine).intLine,
	opcode.Long:     (*machine).longLine,
	opcode.Float:    (*machine).floatLine,
	opcode.Long1: func(m *machine) error {
		b, err := m.take(1)
		if err != nil {
			return err
		}
		return m.long(int(b[0]))
	},
	opcode.Long4: func(m *machine) error {
		b, err := m.take(4)
		if err != nil {
			return err
		}
		n := int32(binary.LittleEndian.Uint32(b))
		if n < 0 {
			return fmt.Errorf("an integer of %d bytes", n)
		}
		return m.long(int(n))
	},
}

func (m *machine) binFloat() error {
	b, err := m.take(8)
	if err != nil {
		return err
	}
	return m.pushHole(heap.Value{Kind: heap.KindFloat, Bits: binary.BigEndian.Uint64(b)}, template.Double)
}

// binInt reads an integer of one, two or four bytes. Only four bytes have a sign.
func (m *machine) binInt() error {
	var n uint64
	b, err := m.take(opcode.IntSize(m.op))
	switch {
	case err != nil:
		return err
	case m.op == opcode.BinInt1:
		n = uint64(b[0])
	case m.op == opcode.BinInt2:
		n = uint64(binary.LittleEndian.Uint16(b))
	default:
		n = uint64(int64(int32(binary.LittleEndian.Uint32(b))))
	}
	return m.pushHole(heap.Value{Kind: heap.KindInt, Bits: n}, template.Int)
}

// intLine reads the decimal text of INT; 00 and 01 are False and True.
func (m *machine) intLine() error {
	line, err := m.line()
	if err != nil {
		return err
	}
	switch string(line) {
	case "00", "01":
		return m.push(heap.Bool(line[1] == '1'))
	}
	return m.decimal(string(line))
}

// longLine reads the decimal text of LONG, which ends in an L.
func (m *machine) longLine() error {
	line, err := m.line()
	if err != nil {
		return err
	}
	return m.decimal(strings.TrimSuffix(string(line), "L"))
}

func (m *machine) decimal(text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return m.push(heap.Int(n))
	}
	if len(text) > maxLong {
		return heap.LimitError("digits of an integer", maxLong)
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return fmt.Errorf("%.40q is not an integer", text)
	}
	return m.push(bigValue(n))
}

// littleEndian returns the number in at most 8 bytes.
func littleEndian(b []byte) uint64 {
	var padded [8]byte
	copy(padded[:], b)
	return binary.LittleEndian.Uint64(padded[:])
}

// bigValue returns an integer that may not fit an int64.
func bigValue(n *big.Int) heap.Value {
	if n.IsInt64() {
		return heap.Int(n.Int64())
	}
	f, _ := n.Float64()
	if math.IsInf(f, 0) {
		return heap.Value{Kind: heap.KindHuge}
	}
	return heap.Value{Kind: heap.KindBig, Bits: math.Float64bits(f)}
}

// long reads an integer of n bytes: two's complement, the lowest byte first.
func (m *machine) long(n int) error {
	if n > maxLong {
		return heap.LimitError("bytes of an integer", maxLong)
	}
	b, err := m.take(n)
	if err != nil {
		return err
	}
	if n <= 8 {
		unused := 64 - 8*n
		return m.push(heap.Int(int64(littleEndian(b)<<unused) >> unused))
	}
	magnitude := make([]byte, n)
	for i, c := range b {
		magnitude[n-1-i] = c
	}
	v := new(big.Int).SetBytes(magnitude)
	if magnitude[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	return m.push(bigValue(v))
}

// floatLine reads the text of FLOAT, as Python's repr writes it.
func (m *machine) floatLine() error {
	line, err := m.line()
	if err != nil {
		return err
	}
	f, err := strconv.ParseFloat(string(line), 64)
	if err != nil || strings.ContainsAny(string(line), "_xXpP") {
		return fmt.Errorf("%.40q is not a float", line)
	}
	if math.IsNaN(f) {
		f = math.Float64frombits(pythonNaN)
	}
	return m.push(heap.Float(f))
}

// pythonNaN has the bits of float("nan") in CPython.
const pythonNaN = 0x7ff8000000000000
