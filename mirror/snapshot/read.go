package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// Read reads a snapshot of size bytes and holds its rows to the hashes in its
// metadata. An error is a *DamagedError unless r returned it.
func Read(r io.ReaderAt, size int64) (*Snapshot, error) {
	f, err := Open(r, size)
	if err != nil {
		return nil, err
	}
	return f.ReadFrom(0)
}

// ReadMeta reads the metadata of a snapshot of size bytes, not its rows. An
// error is a *DamagedError unless r returned it.
func ReadMeta(r io.ReaderAt, size int64) (Meta, error) {
	f, err := Open(r, size)
	if err != nil {
		return Meta{}, err
	}
	return f.Meta(), nil
}

// Verify makes all checks that Read makes, and returns the metadata. It keeps the
// rows of one group at a time.
func Verify(r io.ReaderAt, size int64) (Meta, error) {
	f, err := Open(r, size)
	if err != nil {
		return Meta{}, err
	}
	t := &totals{}
	for i := range f.footer.groups {
		s := &Snapshot{}
		if err := f.read(i, s); err != nil {
			return Meta{}, err
		}
		t.add(s)
	}
	return f.Meta(), f.in.judge(nil, f.check(t))
}

// VerifyPages finds what has changed since the file was written, and returns the
// metadata. It does not look at the rows.
func VerifyPages(r io.ReaderAt, size int64) (m Meta, err error) {
	f, err := Open(r, size)
	if err != nil {
		return Meta{}, err
	}
	defer func() { err = f.in.judge(recover(), err) }()
	for i := range f.footer.groups {
		if err := f.checkPages(i); err != nil {
			return Meta{}, err
		}
	}
	return f.Meta(), nil
}

// File is a snapshot file that is open to be read, group after group of its rows.
type File struct {
	in     *input
	pr     *file.Reader
	footer *footer
	starts []int64 // of the groups, and where the last one ends
}

// Open opens a snapshot of size bytes, and reads its metadata. Every error of it
// and its methods is a *DamagedError unless r returned it.
func Open(r io.ReaderAt, size int64) (f *File, err error) {
	in := &input{SectionReader: io.NewSectionReader(r, 0, size), r: r}
	defer func() { err = in.judge(recover(), err) }()
	return open(in)
}

// Meta returns the metadata.
func (f *File) Meta() Meta { return f.footer.Meta }

// GroupsBelow returns how many groups there are, the last one not counted, all of whose
// iterations are below the given one: what is added from there on does not change them.
func (f *File) GroupsBelow(iteration int64) int {
	n := max(0, len(f.footer.groups)-1)
	return sort.Search(n, func(i int) bool { return f.footer.groups[i].Last >= iteration })
}

// RowsFrom returns how many rows of each kind there are but in the first groups.
func (f *File) RowsFrom(group int) (training, validation int64) {
	for _, g := range f.footer.groups[group:] {
		training += g.TrainingRows
		validation += g.ValidationRows
	}
	return training, validation
}

// ReadFrom reads the rows of all groups but the first ones, and holds them to the
// hashes in the metadata.
func (f *File) ReadFrom(group int) (*Snapshot, error) {
	s := &Snapshot{Run: f.footer.Run, Generation: f.footer.Generation, Sources: f.footer.Sources}
	for i := group; i < len(f.footer.groups); i++ {
		if err := f.read(i, s); err != nil {
			return nil, err
		}
	}
	if group > 0 {
		return s, nil
	}
	t := &totals{}
	t.add(s)
	return s, f.in.judge(nil, f.check(t))
}

// read adds the rows of group i to s, and holds them to the hashes in the metadata.
func (f *File) read(i int, s *Snapshot) (err error) {
	defer func() { err = f.in.judge(recover(), err) }()
	if err := f.checkPages(i); err != nil {
		return err
	}
	trained, validated := s.Training.Len(), s.Validation.Len()
	if err := f.decode(i, s); err != nil {
		return err
	}
	g := f.footer.groups[i]
	if int64(s.Training.Len()-trained) != g.TrainingRows || int64(s.Validation.Len()-validated) != g.ValidationRows {
		return damagedf("group %d has not the rows that its metadata describes", i)
	}
	if trainingSHA256(s.Training, trained, s.Training.Len()) != g.TrainingSHA256 ||
		validationSHA256(s.Validation, validated, s.Validation.Len()) != g.ValidationSHA256 {
		return damagedf("the rows of group %d have another SHA-256", i)
	}
	if lossesOf(s.Training, trained, s.Training.Len()) != g.Losses {
		return damagedf("the losses of group %d are not those its metadata tells", i)
	}
	return nil
}

// decode adds the rows of group i to s.
func (f *File) decode(i int, s *Snapshot) error {
	r := &groupReader{file: f.pr, group: f.pr.RowGroup(i), size: f.in.Size(), meta: f.footer.groups[i]}
	if i > 0 {
		r.after = &f.footer.groups[i-1].Last
	}
	return r.read(escapeText(f.footer.Run), s)
}

// checkPages finds damage before anything is decoded: a single bit in a page
// can make the decoder allocate gigabytes.
func (f *File) checkPages(i int) error {
	from, to := f.starts[i], f.starts[i+1]
	if err := f.in.hold(from, to); err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f.in, from, to-from)); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != f.footer.groups[i].PagesSHA256 {
		return damagedf("the pages of group %d have another SHA-256", i)
	}
	return nil
}

// totals is what the metadata says of all rows together.
type totals struct{ Meta }

func (t *totals) add(s *Snapshot) {
	t.TrainingRows += int64(s.Training.Len())
	t.ValidationRows += int64(s.Validation.Len())
	if s.Training.Len() > 0 {
		t.TrainedUntil = s.Training.TrainedUntil()
	}
	if s.Validation.Len() > 0 {
		t.ValidatedUntil = s.Validation.ValidatedUntil()
	}
}

func (f *File) check(t *totals) error {
	m := f.footer.Meta
	if m.TrainingRows != t.TrainingRows || m.ValidationRows != t.ValidationRows ||
		m.TrainedUntil != t.TrainedUntil || m.ValidatedUntil != t.ValidatedUntil {
		return damagedf("its rows are not those its metadata describes")
	}
	if contentSHA256(f.footer.groups) != m.ContentSHA256 {
		return damagedf("its rows have another SHA-256")
	}
	if lossesOfAll(f.footer.groups) != m.Losses {
		return damagedf("its losses are not those its metadata tells")
	}
	return nil
}

// input remembers the error of a read, so that one of the disk or the network
// is not taken for damage.
type input struct {
	*io.SectionReader
	r    io.ReaderAt
	err  error
	held []byte // from at on
	at   int64
}

// maxInMemory bounds the bytes of a group that are read once and kept, rather than
// read to be hashed and again to be decoded.
const maxInMemory = 16 << 20

// hold keeps bytes from from to to-1 in memory, if they are not too many, and none
// else.
func (in *input) hold(from, to int64) error {
	in.held, in.at = nil, 0
	if to-from > maxInMemory {
		return nil
	}
	held := make([]byte, to-from)
	if _, err := in.ReadAt(held, from); err != nil {
		return err
	}
	in.held, in.at = held, from
	return nil
}

func (in *input) ReadAt(p []byte, at int64) (int, error) {
	if skip := at - in.at; skip >= 0 && skip+int64(len(p)) <= int64(len(in.held)) {
		return copy(p, in.held[skip:]), nil
	}
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
func open(in *input) (*File, error) {
	if err := checkFooter(in); err != nil {
		return nil, err
	}
	props := parquet.NewReaderProperties(nil)
	props.MaxCompressedPageSize, props.MaxUncompressedPageSize = maxPage, maxPage
	pr, err := file.NewParquetReader(in, file.WithReadProps(props))
	if err != nil {
		return nil, err
	}
	f := &File{in: in, pr: pr}
	if f.footer, err = parseFooter(pr.MetaData().KeyValueMetadata()); err != nil {
		return nil, err
	}
	if got := pr.MetaData().Schema.Root(); !got.Equals(fileSchema) {
		return nil, damagedf("it has other columns")
	}
	if n := len(f.footer.groups); pr.NumRowGroups() != n {
		return nil, damagedf("it has %d row groups, its metadata %d", pr.NumRowGroups(), n)
	}
	return f, f.place()
}

// place finds where the groups are.
func (f *File) place() error {
	end, _, err := f.in.footer()
	if err != nil {
		return err
	}
	var values int64
	for i, g := range f.footer.groups {
		if err := checkRows(f.pr.RowGroup(i).NumRows(), g); err != nil {
			return err
		}
		start := int64(0) // of the first, the magic number
		for c := range columns {
			chunk, err := f.pr.MetaData().RowGroup(i).ColumnChunk(c)
			if err != nil {
				return err
			}
			at := chunk.DataPageOffset()
			if chunk.HasDictionaryPage() {
				at = min(at, chunk.DictionaryPageOffset())
			}
			if n := chunk.TotalCompressedSize(); at < 0 || n < 0 || n > end || at > end-n {
				return damagedf("column %d of group %d lies outside of the file", c, i)
			}
			if c == runColumn && i > 0 {
				start = at
			}
			if values += chunk.NumValues(); chunk.NumValues() < 0 || values < 0 || values > columns*maxValues(f.in.Size()) {
				return damagedf("it claims %d values in %d bytes", values, f.in.Size())
			}
		}
		if i > 0 && start <= f.starts[i-1] {
			return damagedf("group %d lies before the one before", i)
		}
		f.starts = append(f.starts, start)
	}
	f.starts = append(f.starts, end)
	return nil
}

func checkRows(rows int64, g group) error {
	if rows <= 0 || rows > groupRows || g.TrainingRows < 0 || g.ValidationRows < 0 || rows-g.TrainingRows > g.ValidationRows {
		return damagedf("a group claims %d rows, its metadata %d and %d", rows, g.TrainingRows, g.ValidationRows)
	}
	return nil
}
