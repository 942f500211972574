package parquet

import (
	"encoding/binary"
	"errors"
)

// Codecs of pages.
const (
	Uncompressed = 0
	Zstd         = 6
)

// Encodings of values and levels.
const (
	plain             = 0
	rle               = 3
	deltaBinaryPacked = 5
	rleDictionary     = 8
	byteStreamSplit   = 9
)

// A RowGroup is the metadata of a row group.
type RowGroup struct {
	Rows   int64
	Chunks []Chunk // one for each column
}

// A Chunk is the metadata of a column in a row group.
type Chunk struct {
	Codec      int64
	Values     int64 // nulls included
	Dictionary int64 // offset of the dictionary page; 0 for none
	Data       int64 // offset of the first data page
	Size       int64 // bytes of all pages
	unpacked   int64 // bytes of all pages before compression
	kind       int64 // type of the column
	encoding   int64
	pages      int64    // data pages
	bounds     []string // the lowest and the highest value as statistics have them; nil if unknown
}

// Start returns the offset of the first page.
func (c Chunk) Start() int64 {
	if c.Dictionary > 0 {
		return min(c.Dictionary, c.Data)
	}
	return c.Data
}

// Append appends the row group with a number to b, as it is in a footer.
func (g RowGroup) Append(b []byte, schema *Schema, ordinal int) []byte {
	var e encoder
	e.reset(b)
	var size, unpacked int64
	e.list(1, len(g.Chunks), thriftStruct)
	for i, c := range g.Chunks {
		e.open()
		e.i64(2, c.Start())
		e.begin(3)
		c.encode(&e, schema.columns[i])
		e.end()
		e.end()
		size, unpacked = size+c.Size, unpacked+c.unpacked
	}
	e.i64(2, unpacked)
	e.i64(3, g.Rows)
	e.i64(5, g.Chunks[0].Start())
	e.i64(6, size)
	e.field(7, thriftI16)
	e.b = binary.AppendVarint(e.b, int64(ordinal))
	return append(e.b, 0)
}

// encode appends the fields of a structure ColumnMetaData.
func (c Chunk) encode(e *encoder, column column) {
	encodings := []int64{c.encoding, rle} // of values and levels
	if c.Dictionary > 0 {
		encodings = []int64{c.encoding, plain, rle}
	}
	e.i32(1, column.node.Type)
	e.list(2, len(encodings), thriftI32)
	for _, v := range encodings {
		e.b = binary.AppendVarint(e.b, v)
	}
	e.list(3, len(column.path), thriftBinary)
	for _, name := range column.path {
		e.string(name)
	}
	e.i32(4, c.Codec)
	e.i64(5, c.Values)
	e.i64(6, c.unpacked)
	e.i64(7, c.Size)
	e.i64(9, c.Data)
	if c.Dictionary > 0 {
		e.i64(11, c.Dictionary)
	}
	if c.bounds != nil {
		e.begin(12)
		e.i64(3, 0) // nulls
		e.text(5, c.bounds[1])
		e.text(6, c.bounds[0])
		e.end()
	}
	c.encodePages(e)
}

// encodePages appends the number of pages of each kind.
func (c Chunk) encodePages(e *encoder) {
	all := [][3]int64{{dataPage, c.encoding, c.pages}}
	if c.Dictionary > 0 {
		all = [][3]int64{{dictionaryPage, plain, 1}, all[0]}
	}
	e.list(13, len(all), thriftStruct)
	for _, pages := range all {
		e.open()
		for i, v := range pages {
			e.i32(byte(i)+1, v)
		}
		e.end()
	}
}

var errColumns = errors.New("it does not have the columns of a snapshot")

// group reads a row group.
func (d *decoder) group(schema *Schema) (g RowGroup) {
	for number, kind := d.field(0); kind != 0; number, kind = d.field(number) {
		if number != 1 {
			d.fieldValue(kind, number, g.field)
			continue
		}
		n, element := d.list(kind)
		if n != len(schema.columns) || element != thriftStruct {
			d.fail(errColumns)
			return g
		}
		g.Chunks = make([]Chunk, n)
		for i := range g.Chunks {
			d.structure(0, g.Chunks[i].field)
			if g.Chunks[i].kind != schema.columns[i].node.Type {
				d.fail(errColumns)
			}
		}
	}
	if len(g.Chunks) == 0 {
		d.fail(errColumns)
	}
	return g
}

func (g *RowGroup) field(path uint64) *int64 {
	if path == 3 {
		return &g.Rows
	}
	return nil
}

// field returns the place of a field of a structure ColumnChunk, in which ColumnMetaData is field 3.
func (c *Chunk) field(path uint64) *int64 {
	switch path {
	case 301:
		return &c.kind
	case 304:
		return &c.Codec
	case 305:
		return &c.Values
	case 307:
		return &c.Size
	case 309:
		return &c.Data
	case 311:
		return &c.Dictionary
	}
	return nil
}
