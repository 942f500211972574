package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// Read reads a snapshot of size bytes and holds its rows to the hash in its
// metadata. An error is a *DamagedError unless r returned it.
func Read(r io.ReaderAt, size int64) (s *Snapshot, err error) {
	in := &input{SectionReader: io.NewSectionReader(r, 0, size), r: r}
	defer func() { err = in.judge(recover(), err) }()
	pr, f, err := open(in)
	if err != nil {
		return nil, err
	}
	if err := checkPages(in, f); err != nil {
		return nil, err
	}
	return decode(pr, size, f)
}

// decode reads the rows that the footer f describes.
func decode(pr *file.Reader, size int64, f *footer) (*Snapshot, error) {
	t, err := readTable(pr, size, f)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Run: f.Run, Generation: f.Generation, Sources: f.Sources}
	if err := t.fill(s); err != nil {
		return nil, err
	}
	return s, agree(s, f)
}

// ReadMeta reads the metadata of a snapshot of size bytes, not its rows. An
// error is a *DamagedError unless r returned it.
func ReadMeta(r io.ReaderAt, size int64) (m Meta, err error) {
	in := &input{SectionReader: io.NewSectionReader(r, 0, size), r: r}
	defer func() { err = in.judge(recover(), err) }()
	_, f, err := open(in)
	if err != nil {
		return Meta{}, err
	}
	return f.Meta, nil
}

// checkPages finds damage before anything is decoded: a single bit in a page
// can make the decoder allocate gigabytes.
func checkPages(in *input, f *footer) error {
	end, _, err := in.footer()
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(in, 0, end)); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != f.pagesSHA256 {
		return damagedf("its pages have another SHA-256")
	}
	return nil
}

func agree(s *Snapshot, f *footer) error {
	m := metaOf(s)
	if m.TrainingRows != f.TrainingRows || m.ValidationRows != f.ValidationRows ||
		m.TrainedUntil != f.TrainedUntil || m.ValidatedUntil != f.ValidatedUntil {
		return damagedf("its rows are not those its metadata describes")
	}
	if ContentSHA256(s) != f.ContentSHA256 {
		return damagedf("its rows have another SHA-256")
	}
	return nil
}

// input remembers the error of a read, so that one of the disk or the network
// is not taken for damage.
type input struct {
	*io.SectionReader
	r   io.ReaderAt
	err error
}

func (in *input) ReadAt(p []byte, at int64) (int, error) {
	n, err := in.SectionReader.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		in.err = err
	}
	return n, err
}

// footer returns where the footer is: before its length and the magic number.
func (in *input) footer() (at, size int64, err error) {
	var tail [8]byte
	end := in.Size() - int64(len(tail))
	if end < 0 {
		return 0, 0, damagedf("it has %d bytes", in.Size())
	}
	if _, err := in.ReadAt(tail[:], end); err != nil {
		return 0, 0, err
	}
	size = int64(binary.LittleEndian.Uint32(tail[:]))
	if size > end {
		return 0, 0, damagedf("the footer claims %d bytes", size)
	}
	return end - size, size, nil
}

// judge returns the error to report. The decoder of Parquet files panics on
// some that are damaged; this is the one place that recovers.
func (in *input) judge(panicked any, err error) error {
	switch {
	case in.err != nil:
		return fmt.Errorf("read snapshot: %w", in.err)
	case panicked != nil:
		return damagedf("decode: %v", panicked)
	case err == nil:
		return nil
	}
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		return damaged
	}
	return &DamagedError{err}
}

const maxPage = 16 << 20 // bytes of a page, before compression: many times pageSize

// open reads the footer and checks that all it tells lies within the file.
func open(in *input) (*file.Reader, *footer, error) {
	if err := checkFooter(in); err != nil {
		return nil, nil, err
	}
	props := parquet.NewReaderProperties(nil)
	props.MaxCompressedPageSize, props.MaxUncompressedPageSize = maxPage, maxPage
	pr, err := file.NewParquetReader(in, file.WithReadProps(props))
	if err != nil {
		return nil, nil, err
	}
	f, err := parseFooter(pr.MetaData().KeyValueMetadata())
	if err != nil {
		return nil, nil, err
	}
	if got := pr.MetaData().Schema.Root(); !got.Equals(fileSchema) {
		return nil, nil, damagedf("it has other columns")
	}
	if pr.NumRowGroups() > 1 {
		return nil, nil, damagedf("it has %d row groups, not one", pr.NumRowGroups())
	}
	if pr.NumRowGroups() == 1 {
		err = errors.Join(checkRows(pr.RowGroup(0).NumRows(), f), checkChunks(pr, in.Size()))
	}
	return pr, f, err
}

func checkRows(rows int64, f *footer) error {
	if rows <= 0 || f.TrainingRows < 0 || f.ValidationRows < 0 || rows-f.TrainingRows > f.ValidationRows {
		return damagedf("it claims %d rows, its metadata %d and %d", rows, f.TrainingRows, f.ValidationRows)
	}
	return nil
}

func checkChunks(pr *file.Reader, size int64) error {
	for i := range columns {
		chunk, err := pr.MetaData().RowGroup(0).ColumnChunk(i)
		if err != nil {
			return err
		}
		start := chunk.DataPageOffset()
		if chunk.HasDictionaryPage() {
			start = min(start, chunk.DictionaryPageOffset())
		}
		if n := chunk.TotalCompressedSize(); start < 0 || n < 0 || n > size || start > size-n {
			return damagedf("column %d lies outside of the file", i)
		}
	}
	return nil
}
