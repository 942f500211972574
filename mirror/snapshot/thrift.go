package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// rawFooter is the Thrift structure that a Parquet file ends with, before it is decoded.
// The decoder makes room for what lists claim before it looks: of a file of 30 bytes, a
// gigabyte. And a structure of one byte takes hundreds in memory.
//
// The encoding is Thrift's compact protocol:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type rawFooter struct {
	layout []byte      // all but the key-value pairs, as if they had never been there
	pairs  [][2][]byte // the key-value pairs
	groups int         // how many row groups there are
}

// What the writer makes of a row group, at least and at most. A reader bounds its memory by that.
const (
	leastLayout  = 256 // bytes in the footer
	leastPages   = 100 // bytes of pages
	mostStructs  = 24  // structures in the footer
	mostElements = 64  // elements of lists in the footer
	mostPairs    = 64  // key-value pairs of the file
	mostOthers   = 200 // structures and elements that belong to no row group
)

// Fields of the footer.
const (
	fieldGroups = 4
	fieldPairs  = 5
)

// rawFooter reads the footer.
func (in *input) rawFooter() (*rawFooter, error) {
	at, size, err := in.footer()
	if err != nil {
		return nil, err
	}
	content := make([]byte, size)
	if _, err := in.ReadAt(content, at); err != nil {
		return nil, err
	}
	raw := &rawFooter{}
	if err := raw.parse(content); err != nil {
		return nil, damagedf("the footer: %w", err)
	}
	if int64(raw.groups) > at/leastPages {
		return nil, damagedf("the footer claims more row groups (%d) than its bytes (%d) can hold", raw.groups, at)
	}
	return raw, nil
}

// parse takes the footer apart, field by field.
func (f *rawFooter) parse(content []byte) error {
	t := &thrift{rest: content}
	f.layout = make([]byte, 0, len(content))
	for last, kept := uint64(0), uint64(0); ; {
		number, kind, err := t.field(last)
		if err != nil {
			return err
		}
		if kind == 0 {
			f.layout = append(f.layout, 0)
			if len(t.rest) > 0 || t.structs+t.elements > mostOthers {
				return errThrift
			}
			return nil
		}
		if number <= last {
			return errThrift
		}
		value := t.rest
		switch {
		case number == fieldPairs:
			err = f.parsePairs(t, kind)
		case number == fieldGroups:
			err = f.parseGroups(t, kind)
		case kind != thriftTrue && kind != thriftFalse: // else the type is the value
			err = t.value(kind, 0)
		}
		if err != nil {
			return err
		}
		if last = number; number != fieldPairs {
			f.layout = appendField(f.layout, number, number-kept, kind)
			f.layout = append(f.layout, value[:len(value)-len(t.rest)]...)
			kept = number
		}
	}
}

// appendField appends the header of a field whose number is delta more than that before.
func appendField(b []byte, number, delta uint64, kind byte) []byte {
	if delta <= 0xf {
		return append(b, byte(delta)<<4|kind)
	}
	return binary.AppendUvarint(append(b, kind), number<<1) // zigzag
}

func (f *rawFooter) parseGroups(t *thrift, kind byte) error {
	n, element, err := t.listOf(kind)
	if err != nil || element != thriftStruct {
		return errors.Join(err, errThrift)
	}
	f.groups = n
	for range n {
		group := thrift{rest: t.rest}
		if err := group.structure(1); err != nil {
			return err
		}
		if size := len(t.rest) - len(group.rest); size < leastLayout || group.structs > mostStructs || group.elements > mostElements {
			return fmt.Errorf("a row group has %d structures and %d elements in %d bytes", group.structs, group.elements, size)
		}
		t.rest = group.rest
	}
	return nil
}

func (f *rawFooter) parsePairs(t *thrift, kind byte) error {
	n, element, err := t.listOf(kind)
	if err != nil || element != thriftStruct || n > mostPairs {
		return errors.Join(err, errThrift)
	}
	f.pairs = make([][2][]byte, n)
	for i := range f.pairs {
		for last := uint64(0); ; {
			number, kind, err := t.field(last)
			if err != nil {
				return err
			}
			if kind == 0 {
				break
			}
			if kind != thriftBinary || number <= last || number > 2 {
				return errThrift
			}
			size, err := t.varint()
			if err != nil {
				return err
			}
			if f.pairs[i][number-1], err = t.skip(size); err != nil {
				return err
			}
			last = number
		}
	}
	return nil
}

// value returns the value of a key, "" for none.
func (f *rawFooter) value(key string) []byte {
	for _, p := range f.pairs {
		if string(p[0]) == key {
			return p[1]
		}
	}
	return nil
}

// check holds the pairs and the layout to their hashes.
func (f *rawFooter) check() error {
	h := sha256.New()
	for _, p := range f.pairs {
		if string(p[0]) != checksumKey {
			fmt.Fprintf(h, "%s=%s\n", p[0], p[1])
		}
	}
	if hex.EncodeToString(h.Sum(nil)) != string(f.value(checksumKey)) {
		return damagedf("its metadata has another checksum")
	}
	layout := sha256.Sum256(f.layout)
	if hex.EncodeToString(layout[:]) != string(f.value(layoutKey)) {
		return damagedf("its footer has another SHA-256")
	}
	return nil
}

// thrift is what is left of a structure in the compact protocol, and what there was of it.
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

// field returns the number and the type of a field, which comes after the field last.
// The type is 0 at the end of a structure.
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

// structure passes over the fields of a structure.
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

// list passes over a list.
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

// listOf returns how many elements a list has, each of which takes a byte at least, and of
// which type.
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
