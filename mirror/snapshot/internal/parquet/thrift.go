package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Types of Thrift's compact protocol:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12
)

const maxThriftDepth = 16 // of structures and lists

var errThrift = errors.New("it is not in Thrift's compact protocol")

// decoder is the unread rest of a structure in the compact protocol. After an error, nothing is
// left and all values are zero. It counts structures and the elements of lists.
type decoder struct {
	rest     []byte
	err      error
	depth    int
	structs  int
	elements int // of lists
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.rest = nil
}

// field returns the number and the type of the field after the field last. The numbers must ascend.
// The type is 0 at the end of the structure and after an error.
func (d *decoder) field(last uint64) (number uint64, kind byte) {
	header := d.take(1)
	if len(header) == 0 || header[0] == 0 {
		return 0, 0
	}
	delta, kind := uint64(header[0]>>4), header[0]&0xf
	number = last + delta
	if delta == 0 {
		zigzag := d.varint() // the number does not fit beside the type
		if number = zigzag >> 1; zigzag&1 == 1 {
			number = 0 // a negative one
		}
	}
	if number <= last || number > math.MaxInt16 || kind == 0 {
		d.fail(errThrift)
		return 0, 0
	}
	return number, kind
}

// A target returns where an integer is stored; nil for nowhere. path has the numbers of its field
// and of the structures around it, two digits each.
type target func(path uint64) *int64

// deepest is the longest path of a structure with integers to store. Longer paths could overflow.
const deepest = 9999

func nowhere(uint64) *int64 { return nil }

// structure reads a structure, which is at a path.
func (d *decoder) structure(path uint64, to target) {
	if d.structs++; d.depth > maxThriftDepth {
		d.fail(errThrift)
	}
	if path > deepest {
		to = nowhere
	}
	for number, kind := d.field(0); kind != 0; number, kind = d.field(number) {
		d.fieldValue(kind, 100*path+min(number, 99), to)
	}
}

// fieldValue reads the value of a field. Of a boolean, the type is the value.
func (d *decoder) fieldValue(kind byte, path uint64, to target) {
	if kind != thriftTrue && kind != thriftFalse {
		d.value(kind, path, to)
	}
}

// value reads a value, which in a list may be a boolean. It stores nothing of a list.
func (d *decoder) value(kind byte, path uint64, to target) {
	d.depth++
	defer func() { d.depth-- }()
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		d.take(1)
	case thriftI16, thriftI32, thriftI64:
		if at, v := to(path), d.zigzag(); at != nil {
			*at = v
		}
	case thriftDouble:
		d.take(8)
	case thriftBinary:
		d.take(d.varint())
	case thriftList, thriftSet:
		n, element := d.list(kind)
		d.elements += n
		for i := 0; i < n && d.err == nil; i++ {
			d.value(element, 0, nowhere)
		}
	case thriftStruct:
		d.structure(path, to)
	default:
		d.fail(errThrift)
	}
}

// list returns the number of elements in a list and their type. Each element takes at least a byte.
func (d *decoder) list(kind byte) (n int, element byte) {
	header := d.take(1)
	if len(header) == 0 || kind != thriftList && kind != thriftSet {
		d.fail(errThrift)
		return 0, 0
	}
	most, element := uint64(header[0]>>4), header[0]&0xf
	if most == 0xf {
		most = d.varint()
	}
	if most > uint64(len(d.rest)) {
		d.fail(fmt.Errorf("a list claims %d elements in %d bytes", most, len(d.rest)))
		return 0, 0
	}
	return int(most), element
}

func (d *decoder) zigzag() int64 {
	v := d.varint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *decoder) varint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail(errThrift)
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail(errThrift)
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

// encoder appends structures in the compact protocol.
type encoder struct {
	b     []byte
	last  [maxThriftDepth]byte // number of the last field in each open structure
	depth int
}

// reset begins a structure, which is appended to b.
func (e *encoder) reset(b []byte) {
	e.b, e.depth, e.last[0] = b, 0, 0
}

// field begins a field. The numbers must ascend.
func (e *encoder) field(number, kind byte) {
	e.b = append(e.b, (number-e.last[e.depth])<<4|kind)
	e.last[e.depth] = number
}

func (e *encoder) i32(number byte, v int64) {
	e.field(number, thriftI32)
	e.b = binary.AppendVarint(e.b, v)
}

func (e *encoder) i64(number byte, v int64) {
	e.field(number, thriftI64)
	e.b = binary.AppendVarint(e.b, v)
}

func (e *encoder) text(number byte, s string) {
	e.field(number, thriftBinary)
	e.string(s)
}

func (e *encoder) string(s string) {
	e.b = append(binary.AppendUvarint(e.b, uint64(len(s))), s...)
}

// list begins a list of n elements.
func (e *encoder) list(number byte, n int, element byte) {
	e.field(number, thriftList)
	if n < 0xf {
		e.b = append(e.b, byte(n)<<4|element)
		return
	}
	e.b = binary.AppendUvarint(append(e.b, 0xf0|element), uint64(n))
}

// begin begins a field that is a structure. end ends it.
func (e *encoder) begin(number byte) {
	e.field(number, thriftStruct)
	e.open()
}

// open begins a structure that is an element of a list. end ends it.
func (e *encoder) open() {
	e.depth++
	e.last[e.depth] = 0
}

func (e *encoder) end() {
	e.b = append(e.b, 0)
	e.depth--
}
