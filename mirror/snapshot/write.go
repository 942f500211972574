package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// Write writes s as a Parquet file and returns the metadata. The rows of s must be normal:
// iterations ascend. Equal snapshots give equal bytes. Write returns an error if Read would refuse
// the file: too many values in few bytes, too long a footer, or a number in the metadata out of
// range.
func Write(w io.Writer, s *Snapshot) (Meta, error) { return write(w, nil, 0, s) }

// Extend writes the file that Write would write for the rows of the first groups of base followed
// by those of s. It does not encode the former again. If they turn out to be damaged, the error is
// a *DamagedError.
func Extend(w io.Writer, base *File, groups int, s *Snapshot) (Meta, error) {
	return write(w, base, groups, s)
}

func write(w io.Writer, base *File, groups int, s *Snapshot) (Meta, error) {
	out, f := &output{w: w, hash: sha256.New()}, &footer{Meta: s.meta()}
	if err := out.write(base, groups, s, f); err != nil {
		return Meta{}, fmt.Errorf("write snapshot: %w", err)
	}
	return f.Meta, nil
}

// output is a Parquet file being written.
type output struct {
	w    io.Writer
	n    int64     // bytes so far
	hash hash.Hash // of the group being written
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	o.hash.Write(p[:n])
	o.n += int64(n)
	return n, err
}

func (o *output) write(base *File, groups int, s *Snapshot, f *footer) error {
	if err := o.copyGroups(base, groups, f); err != nil {
		return err
	}
	rows := s.whole()
	if groups > 0 {
		rows.before = base.rows(groups)
	}
	md, err := o.encode(rows, s.Run, f, writerProperties())
	if err != nil {
		return err
	}
	if groups > 0 {
		if md, err = base.followedBy(md, groups); err != nil {
			return err
		}
	}
	f.ContentSHA256, f.Losses = contentSHA256(f.groups), lossesOfAll(f.groups)
	if err := f.checkNumbers(); err != nil {
		return err
	}
	if err := o.checkMemory(md, f); err != nil {
		return err
	}
	return o.finish(md, f)
}

// checkMemory returns an error if a reader would refuse the rows because of their memory.
func (o *output) checkMemory(md *metadata.FileMetaData, f *footer) error {
	for _, g := range md.RowGroups {
		c := g.Columns[scoresColumn].MetaData
		if c.NumValues > mostValues(c.TotalCompressedSize) {
			return fmt.Errorf("an iteration has %d scores in %d bytes, more than a reader accepts", c.NumValues, c.TotalCompressedSize)
		}
	}
	if takes, most := memoryOf(md, f.groups), mostMemory(o.n); takes > most {
		return fmt.Errorf("%d rows take %d bytes of memory, but a file of %d bytes may take only %d: they are almost all equal", f.TrainingRows+f.ValidationRows, takes, o.n, most)
	}
	return nil
}

// sum returns, in hex, the hash of the bytes written since its last call.
func (o *output) sum() string {
	defer o.hash.Reset()
	return hex.EncodeToString(o.hash.Sum(nil))
}

// copyGroups writes the first groups of base, if any, and records them in f.
func (o *output) copyGroups(base *File, groups int, f *footer) error {
	if groups > 0 && f.TrainingRows == 0 { // f counts only the rows to come
		f.TrainedUntil = base.footer.TrainedUntil
	}
	if groups > 0 && f.ValidationRows == 0 {
		f.ValidatedUntil = base.footer.ValidatedUntil
	}
	for i := range groups {
		g := base.footer.groups[i]
		if _, err := io.Copy(o, io.NewSectionReader(base.in, base.starts[i], base.starts[i+1]-base.starts[i])); err != nil {
			return err
		}
		if o.sum() != g.PagesSHA256 {
			return damagedf("the pages of group %d do not match their SHA-256", i)
		}
		f.groups = append(f.groups, g)
		f.TrainingRows += g.TrainingRows
		f.ValidationRows += g.ValidationRows
	}
	return nil
}

// WriteTo writes the file unchanged, and compares its pages with the hashes in the metadata.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	out := &output{w: w, hash: sha256.New()}
	if err := out.copyGroups(f, len(f.footer.groups), &footer{}); err != nil {
		return out.n, err
	}
	_, err := io.Copy(out, io.NewSectionReader(f.in, out.n, f.in.Size()-out.n))
	return out.n, err
}

// encode writes rows as row groups and records them in f. It returns the file's metadata for them.
func (o *output) encode(rows part, run string, f *footer, properties *parquet.WriterProperties) (*metadata.FileMetaData, error) {
	sink := &afterMagic{w: o, passed: o.n == 0}
	offset := max(0, o.n-int64(len(magic)))
	pw, err := file.NewParquetWriterWithError(sink, newSchema(), file.WithWriterProps(properties))
	if err != nil {
		return nil, err
	}
	for first, rest := rows.cut(); !first.empty(); first, rest = rest.cut() {
		g, err := encodeGroup(pw, escapeText(run), first)
		if err != nil {
			return nil, err
		}
		g.PagesSHA256 = o.sum()
		f.groups = append(f.groups, g)
	}
	md, err := pw.FileMetadata()
	if err != nil {
		return nil, err
	}
	for _, g := range md.RowGroups {
		shift(g.FileOffset, offset)
		for _, c := range g.Columns {
			c.FileOffset += offset
			c.MetaData.DataPageOffset += offset
			shift(c.MetaData.DictionaryPageOffset, offset)
		}
	}
	return md, nil
}

func shift(offset *int64, by int64) {
	if offset != nil {
		*offset += by
	}
}

// afterMagic drops the first write, the magic number, unless passed is set.
type afterMagic struct {
	w      io.Writer
	passed bool
}

func (a *afterMagic) Write(p []byte) (int, error) {
	if !a.passed {
		a.passed = true
		return len(p), nil
	}
	return a.w.Write(p)
}

// finish writes the footer.
func (o *output) finish(md *metadata.FileMetaData, f *footer) error {
	var err error
	if f.layout, err = layoutSHA256(md); err != nil {
		return err
	}
	pairs, err := f.encode()
	if err != nil {
		return err
	}
	kv := metadata.NewKeyValueMetadata()
	for _, p := range pairs {
		if err := kv.Append(p[0], p[1]); err != nil {
			return err
		}
	}
	md.FileMetaData.KeyValueMetadata = kv
	size, err := md.WriteTo(o, nil)
	if err != nil {
		return err
	}
	if size > maxFooter {
		return fmt.Errorf("the footer would have %d bytes, more than a reader accepts", size)
	}
	_, err = o.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(size)), magic...))
	return err
}

// followedBy returns the metadata of a file with the first groups of f, then those of rest.
func (f *File) followedBy(rest *metadata.FileMetaData, groups int) (*metadata.FileMetaData, error) {
	var first []int
	for i := range groups {
		first = append(first, i)
	}
	md, err := f.pr.MetaData().Subset(first)
	if err != nil {
		return nil, err
	}
	for i, g := range rest.RowGroups {
		ordinal := int16(groups + i)
		g.Ordinal = &ordinal
	}
	return md, md.AppendRowGroups(rest)
}
