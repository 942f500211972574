package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// thrift is the unread rest of a structure in the compact protocol, and counts what has been read.
type thrift struct {
	rest     []byte
	structs  int
	elements int // of lists
}

// Types of the compact protocol.
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

const maxThriftDepth = 16

var errThrift = errors.New("it is not in Thrift's compact protocol")

// field returns the number and the type of the field after the field last. The type is 0 at the end
// of the structure.
func (t *thrift) field(last uint64) (number uint64, kind byte, err error) {
	header, err := t.skip(1)
	if err != nil || header[0] == 0 {
		return 0, 0, err
	}
	delta, kind := uint64(header[0]>>4), header[0]&0xf
	if delta > 0 {
		return last + delta, kind, nil
	}
	zigzag, err := t.varint() // the number does not fit beside the type
	return zigzag >> 1, kind, err
}

// structure skips the fields of a structure.
func (t *thrift) structure(depth int) error {
	if depth > maxThriftDepth {
		return errThrift
	}
	t.structs++
	for {
		_, kind, err := t.field(0)
		if err != nil || kind == 0 {
			return err
		}
		if kind == thriftTrue || kind == thriftFalse {
			continue // the type is the value
		}
		if err := t.value(kind, depth); err != nil {
			return err
		}
	}
}

// value skips one value: an element of a list, or a field.
func (t *thrift) value(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		_, err := t.skip(1)
		return err
	case thriftI16, thriftI32, thriftI64:
		_, err := t.varint()
		return err
	case thriftDouble:
		_, err := t.skip(8)
		return err
	case thriftBinary:
		n, err := t.varint()
		if err != nil {
			return err
		}
		_, err = t.skip(n)
		return err
	case thriftList, thriftSet:
		return t.list(depth + 1)
	case thriftStruct:
		return t.structure(depth + 1)
	}
	return errThrift
}

// list skips a list.
func (t *thrift) list(depth int) error {
	n, element, err := t.listOf(thriftList)
	if err != nil || depth > maxThriftDepth {
		return errors.Join(err, errThrift)
	}
	t.elements += n
	for range n {
		if err := t.value(element, depth); err != nil {
			return err
		}
	}
	return nil
}

// listOf returns the number of elements in a list and their type. Each element takes at least a
// byte.
func (t *thrift) listOf(kind byte) (n int, element byte, err error) {
	if kind != thriftList && kind != thriftSet {
		return 0, 0, errThrift
	}
	header, err := t.skip(1)
	if err != nil {
		return 0, 0, err
	}
	most, element := uint64(header[0]>>4), header[0]&0xf
	if most == 0xf {
		if most, err = t.varint(); err != nil {
			return 0, 0, err
		}
	}
	if most > uint64(len(t.rest)) {
		return 0, 0, fmt.Errorf("a list claims %d elements in %d bytes", most, len(t.rest))
	}
	return int(most), element, nil
}

func (t *thrift) varint() (uint64, error) {
	v, n := binary.Uvarint(t.rest)
	if n <= 0 {
		return 0, errThrift
	}
	t.rest = t.rest[n:]
	return v, nil
}

func (t *thrift) skip(n uint64) ([]byte, error) {
	if n > uint64(len(t.rest)) {
		return nil, errThrift
	}
	skipped := t.rest[:n]
	t.rest = t.rest[n:]
	return skipped, nil
}
