package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// checkFooter reports whether the Thrift structure that a Parquet file ends
// with can hold as many elements as its lists claim. The decoder makes room for
// what they claim before it looks: of a file of 30 bytes, a gigabyte.
//
// The encoding is Thrift's compact protocol:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
func checkFooter(in *input) error {
	at, size, err := in.footer()
	if err != nil {
		return err
	}
	footer := make([]byte, size)
	if _, err := in.ReadAt(footer, at); err != nil {
		return err
	}
	t := thrift{footer}
	if err := t.structure(0); err != nil {
		return damagedf("the footer: %w", err)
	}
	return nil
}

// thrift is what is left of a structure in the compact protocol.
type thrift struct{ rest []byte }

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

// structure passes over the fields of a structure.
func (t *thrift) structure(depth int) error {
	if depth > maxThriftDepth {
		return errThrift
	}
	for {
		header, err := t.skip(1)
		if err != nil || header[0] == 0 {
			return err
		}
		if header[0]>>4 == 0 { // the number of the field does not fit beside its type
			if _, err := t.varint(); err != nil {
				return err
			}
		}
		kind := header[0] & 0xf
		if kind == thriftTrue || kind == thriftFalse {
			continue // the type is the value
		}
		if err := t.value(kind, depth); err != nil {
			return err
		}
	}
}

// value passes over one value, an element of a list or a field.
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

// list passes over a list, each element of which takes a byte at least.
func (t *thrift) list(depth int) error {
	header, err := t.skip(1)
	if err != nil || depth > maxThriftDepth {
		return errors.Join(err, errThrift)
	}
	n := uint64(header[0] >> 4)
	if n == 0xf {
		if n, err = t.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(t.rest)) {
		return fmt.Errorf("a list claims %d elements in %d bytes", n, len(t.rest))
	}
	for range n {
		if err := t.value(header[0]&0xf, depth); err != nil {
			return err
		}
	}
	return nil
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
