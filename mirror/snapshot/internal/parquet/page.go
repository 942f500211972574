package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// Types of pages.
const (
	dataPage       = 0
	dictionaryPage = 2
)

// MaxPage is the most bytes that a page may have, before or after compression.
const MaxPage = 4 << 20

// page is a page with its header. A data page of version 1 has, if the column is optional or
// repeated, levels before its values.
type page struct {
	kind       int64
	unpacked   int64 // bytes
	packed     int64 // bytes
	crc        int64 // of the compressed bytes; noCRC for unknown
	values     int64 // nulls included
	encoding   int64
	definition int64 // encoding of the levels
	repetition int64
	data       []byte // unpacked
}

const noCRC = 1 << 32

// appendHeader appends the structure PageHeader to b.
func (p *page) appendHeader(b []byte) []byte {
	var e encoder
	e.reset(b)
	e.i32(1, p.kind)
	e.i32(2, p.unpacked)
	e.i32(3, p.packed)
	e.i32(4, p.crc)
	if p.kind == dictionaryPage {
		e.begin(7)
		e.i32(1, p.values)
		e.i32(2, p.encoding)
	} else {
		e.begin(5)
		e.i32(1, p.values)
		e.i32(2, p.encoding)
		e.i32(3, rle)
		e.i32(4, rle)
	}
	e.end()
	return append(e.b, 0)
}

// field returns the place of a field of a structure PageHeader, in which DataPageHeader is field 5
// and DictionaryPageHeader field 7.
func (p *page) field(path uint64) *int64 {
	switch path {
	case 1:
		return &p.kind
	case 2:
		return &p.unpacked
	case 3:
		return &p.packed
	case 4:
		return &p.crc
	case 501, 701:
		return &p.values
	case 502, 702:
		return &p.encoding
	case 503:
		return &p.definition
	case 504:
		return &p.repetition
	}
	return nil
}

func checksum(packed []byte) int64 { return int64(int32(crc32.ChecksumIEEE(packed))) }

// A Source reads bytes of a file. The bytes are valid until its next call.
type Source interface {
	Bytes(at, n int64) ([]byte, error)
}

const maxHeader = 1 << 16 // bytes of a page's header

// pages reads the pages of a chunk.
type pages struct {
	r       *Reader
	codec   int64
	at, end int64
}

// next returns the next page, which is valid until the next call. At the end, it returns nil.
func (p *pages) next() (*page, error) {
	if p.at >= p.end {
		return nil, nil
	}
	b, err := p.r.source.Bytes(p.at, min(p.end-p.at, maxHeader))
	if err != nil {
		return nil, err
	}
	next, d := &page{crc: noCRC}, &decoder{rest: b}
	if d.structure(0, next.field); d.err != nil {
		return nil, fmt.Errorf("the header of a page: %w", d.err)
	}
	p.at += int64(len(b) - len(d.rest))
	if next.packed < 0 || next.packed > min(p.end-p.at, MaxPage) || next.unpacked < 0 || next.unpacked > MaxPage || next.values < 1 {
		return nil, fmt.Errorf("a page claims %d values in %d bytes, %d compressed", next.values, next.unpacked, next.packed)
	}
	if next.data, err = p.r.source.Bytes(p.at, next.packed); err != nil {
		return nil, err
	}
	p.at += next.packed
	if next.crc != noCRC && next.crc != checksum(next.data) {
		return nil, errors.New("a page does not match its CRC-32")
	}
	if p.codec == Zstd {
		if next.data, err = p.r.unpack(next.data, int(next.unpacked)); err != nil {
			return nil, err
		}
	}
	if int64(len(next.data)) != next.unpacked {
		return nil, fmt.Errorf("a page unpacks to %d bytes, not %d", len(next.data), next.unpacked)
	}
	return next, nil
}
