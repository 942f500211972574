package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// ReadRows is Read, but believes rows that have not the hash in the metadata, as if that
// had been forged too.
func ReadRows(r io.ReaderAt, size int64) (s *Snapshot, err error) {
	in := &input{SectionReader: io.NewSectionReader(r, 0, size), r: r}
	defer func() { err = in.judge(recover(), err) }()
	pr, f, err := open(in)
	if err != nil {
		return nil, err
	}
	t, err := readTable(pr, size, f)
	if err != nil {
		return nil, err
	}
	s = &Snapshot{Run: f.Run, Generation: f.Generation, Sources: f.Sources}
	return s, t.fill(s)
}

// WritePlain is Write without compression, so that what a fuzzer changes are values.
func WritePlain(w io.Writer, s *Snapshot) error {
	pages := sha256.New()
	var plain []parquet.WriterProperty
	for _, name := range []string{"iteration", "loss", "time", scoresPath} {
		plain = append(plain, parquet.WithCompressionFor(name, compress.Codecs.Uncompressed))
	}
	props := writerProperties(plain...)
	pw, err := file.NewParquetWriterWithError(io.MultiWriter(w, pages), newSchema(), file.WithWriterProps(props))
	if err != nil {
		return err
	}
	t := newTable(s)
	err = t.write(pw, escapeText(s.Run))
	f := &footer{Meta: metaOf(s), nullTraining: t.nullTraining, nullValidation: t.nullValidation}
	f.ContentSHA256, f.pagesSHA256 = ContentSHA256(s), hex.EncodeToString(pages.Sum(nil))
	return errors.Join(err, f.write(pw), pw.Close())
}
