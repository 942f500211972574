package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// Magic is at both ends of a file. Before the one at the end is the length of the footer in 4 bytes.
const Magic = "PAR1"

// A Footer is the structure at the end of a file, FileMetaData. Its row groups are not decoded.
type Footer struct {
	Layout []byte      // everything but the key-value pairs, as if they did not exist
	Pairs  [][2][]byte // the key-value pairs
	Groups [][]byte    // the row groups
	schema []byte      // with the header of its field
}

// Bounds on a footer. A reader bounds its memory by them: a structure of one byte can take hundreds
// in memory.
const (
	leastLayout  = 256 // bytes of a row group
	mostStructs  = 24  // structures of a row group
	mostElements = 64  // elements of lists in a row group
	mostPairs    = 64  // key-value pairs of the file
	mostOthers   = 200 // structures and elements outside row groups
)

// Fields of the footer.
const (
	footerVersion   = 1
	footerSchema    = 2
	footerRows      = 3
	footerGroups    = 4
	footerPairs     = 5
	footerCreatedBy = 6
	footerOrders    = 7
)

// Split splits a footer into its parts.
func Split(content []byte) (*Footer, error) {
	f := &Footer{Layout: make([]byte, 0, len(content))}
	d := &decoder{rest: content}
	kept := uint64(0)
	for number, kind := d.field(0); kind != 0; number, kind = d.field(number) {
		value := d.rest
		switch number {
		case footerPairs:
			f.Pairs = d.pairs(kind)
		case footerGroups:
			f.Groups = d.groups(kind)
		default:
			d.fieldValue(kind, 0, nowhere)
		}
		if number != footerPairs {
			from := len(f.Layout)
			f.Layout = appendField(f.Layout, number, number-kept, kind)
			f.Layout = append(f.Layout, value[:len(value)-len(d.rest)]...)
			kept = number
			if number == footerSchema {
				f.schema = f.Layout[from:]
			}
		}
	}
	f.Layout = append(f.Layout, 0)
	if len(d.rest) > 0 || d.structs+d.elements > mostOthers {
		d.fail(errThrift)
	}
	return f, d.err
}

// appendField appends the header of a field whose number is higher by delta than the previous one.
func appendField(b []byte, number, delta uint64, kind byte) []byte {
	if delta <= 0xf {
		return append(b, byte(delta)<<4|kind)
	}
	return binary.AppendUvarint(append(b, kind), number<<1) // zigzag
}

// groups returns the row groups.
func (d *decoder) groups(kind byte) (all [][]byte) {
	n, element := d.list(kind)
	if element != thriftStruct {
		d.fail(errThrift)
	}
	for range n {
		group := decoder{rest: d.rest}
		group.structure(0, nowhere)
		size := len(d.rest) - len(group.rest)
		if group.err == nil && (size < leastLayout || group.structs > mostStructs || group.elements > mostElements) {
			group.err = fmt.Errorf("a row group has %d structures and %d elements in %d bytes", group.structs, group.elements, size)
		}
		if group.err != nil {
			d.fail(group.err)
			break
		}
		all, d.rest = append(all, d.rest[:size]), group.rest
	}
	return all
}

// pairs returns the key-value pairs.
func (d *decoder) pairs(kind byte) [][2][]byte {
	n, element := d.list(kind)
	if element != thriftStruct || n > mostPairs {
		d.fail(errThrift)
		return nil
	}
	all := make([][2][]byte, n)
	for i := range all {
		for number, kind := d.field(0); kind != 0; number, kind = d.field(number) {
			if number > 2 || kind != thriftBinary {
				d.fail(errThrift)
				break
			}
			all[i][number-1] = d.take(d.varint())
		}
	}
	return all
}

// Decode checks that the file has a schema, and decodes its row groups.
func (f *Footer) Decode(schema *Schema) ([]RowGroup, error) {
	if !bytes.Equal(f.schema, schema.encoded) {
		return nil, errColumns
	}
	all := make([]RowGroup, len(f.Groups))
	for i, raw := range f.Groups {
		d := decoder{rest: raw}
		if all[i] = d.group(schema); d.err != nil {
			return nil, fmt.Errorf("row group %d: %w", i, d.err)
		}
	}
	return all, nil
}

// Encoded is a footer being written.
type Encoded struct{ head, tail []byte } // the fields before and after the key-value pairs

// NewFooter returns the footer of a file that has these row groups, as Append or Footer.Groups
// returned them. rows is the number of their rows.
func NewFooter(schema *Schema, groups [][]byte, rows int64, createdBy string) Encoded {
	var e encoder
	e.i32(footerVersion, 2)
	e.b = append(e.b, schema.encoded...)
	e.last[0] = footerSchema
	e.i64(footerRows, rows)
	e.list(footerGroups, len(groups), thriftStruct)
	head := slices.Concat(e.b, slices.Concat(groups...))
	e.reset(nil)
	e.string(createdBy)
	e.last[0] = footerCreatedBy
	e.list(footerOrders, len(schema.columns), thriftStruct)
	for range schema.columns {
		e.open()
		e.begin(1) // the order of the type
		e.end()
		e.end()
	}
	return Encoded{head, append(e.b, 0)}
}

// With returns the footer with key-value pairs; without the field for them if pairs is nil.
func (f Encoded) With(pairs [][2]string) []byte {
	e := encoder{b: slices.Clone(f.head)}
	e.last[0] = footerGroups
	if pairs != nil {
		e.list(footerPairs, len(pairs), thriftStruct)
	}
	for _, p := range pairs {
		e.open()
		e.text(1, p[0])
		e.text(2, p[1])
		e.end()
	}
	e.field(footerCreatedBy, thriftBinary)
	return append(e.b, f.tail...)
}
