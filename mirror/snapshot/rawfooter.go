package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// rawFooter is the Thrift structure at the end of a Parquet file, before it is decoded. The decoder
// makes room for the claims of lists before it checks them: a gigabyte for a file of 30 bytes. And
// a structure of one byte takes hundreds in memory.
//
// The encoding is Thrift's compact protocol:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type rawFooter struct {
	layout []byte      // everything but the key-value pairs, as if they did not exist
	pairs  [][2][]byte // the key-value pairs
	groups int         // number of row groups
}

// Keys of the pairs with the hashes of the rest.
const (
	layoutKey   = "statsmirror.layout_sha256"
	checksumKey = "statsmirror.metadata_sha256" // the last pair
)

// Bounds on a row group as a writer writes it. A reader bounds its memory by them.
const (
	leastLayout  = 256 // bytes in the footer
	leastPages   = 100 // bytes of pages
	mostStructs  = 24  // structures in the footer
	mostElements = 64  // elements of lists in the footer
	mostPairs    = 64  // key-value pairs of the file
	mostOthers   = 200 // structures and elements outside row groups
)

// Fields of the footer.
const (
	fieldGroups = 4
	fieldPairs  = 5
)

// parse splits the footer into its fields.
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
		case kind != thriftTrue && kind != thriftFalse: // otherwise the type is the value
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

// appendField appends the header of a field whose number is higher by delta than the previous one.
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

// value returns the value of a key; "" for none.
func (f *rawFooter) value(key string) []byte {
	for _, p := range f.pairs {
		if string(p[0]) == key {
			return p[1]
		}
	}
	return nil
}

// check compares the pairs and the layout with their hashes.
func (f *rawFooter) check() error {
	h := sha256.New()
	for _, p := range f.pairs {
		if string(p[0]) != checksumKey {
			fmt.Fprintf(h, "%s=%s\n", p[0], p[1])
		}
	}
	if hex.EncodeToString(h.Sum(nil)) != string(f.value(checksumKey)) {
		return damagedf("its metadata does not match its checksum")
	}
	layout := sha256.Sum256(f.layout)
	if hex.EncodeToString(layout[:]) != string(f.value(layoutKey)) {
		return damagedf("its footer does not match its SHA-256")
	}
	return nil
}
