package snapshot

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// newColumnReader is group.Column, but each page is checked before it is decoded.
func newColumnReader(pr *file.Reader, i int, pages file.PageReader) file.ColumnChunkReader {
	checked := &valuePages{PageReader: pages, encoding: parquet.Encodings.ByteStreamSplit}
	if i == iterationColumn {
		checked.encoding, checked.begin = parquet.Encodings.DeltaBinaryPacked, deltaBegin
	}
	//nolint:staticcheck // deprecated for callers without the file's pool; no other function takes a page reader
	return file.NewColumnReader(pr.MetaData().Schema.Column(i), checked, memory.DefaultAllocator, pr.BufferPool())
}

// deltaBegin means blocks of 128 values in 4 parts. The decoder allocates room for as many values
// as a page claims, which may be billions.
var deltaBegin = []byte{0x80, 0x01, 4}

// valuePages passes on only pages such as Write writes in all columns but run.
type valuePages struct {
	file.PageReader
	encoding parquet.Encoding
	begin    []byte // of each page
	err      error
}

// GetDictionaryPage returns none, because a dictionary can claim billions of values.
func (p *valuePages) GetDictionaryPage() (*file.DictionaryPage, error) { return nil, nil }

func (p *valuePages) Next() bool {
	if p.err != nil || !p.PageReader.Next() {
		return false
	}
	page := p.Page()
	if page.Type() != file.PageTypeDataPage || parquet.Encoding(page.Encoding()) != p.encoding || !bytes.HasPrefix(page.Data(), p.begin) {
		p.err = damagedf("a page does not have the encoding %s", p.encoding)
		return false
	}
	return true
}

func (p *valuePages) Err() error {
	if p.err != nil {
		return p.err
	}
	return p.PageReader.Err()
}
