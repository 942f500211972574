package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// Write writes s as a Parquet file. The rows of s are normal: iterations
// ascend. The same snapshot gives the same bytes. It is an error if Read would
// refuse them for how many values so few bytes hold.
func Write(w io.Writer, s *Snapshot) error {
	pages, written := sha256.New(), counter(0)
	pw, err := file.NewParquetWriterWithError(io.MultiWriter(w, pages, &written), newSchema(), file.WithWriterProps(writerProperties()))
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	content := make(chan string, 1)
	go func() { content <- ContentSHA256(s) }()
	t := newTable(s)
	err = t.write(pw, escapeText(s.Run))
	f := &footer{Meta: metaOf(s), nullTraining: t.nullTraining, nullValidation: t.nullValidation}
	f.ContentSHA256 = <-content
	f.pagesSHA256 = hex.EncodeToString(pages.Sum(nil))
	if err = errors.Join(err, f.write(pw), pw.Close()); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if n := int64(len(t.scores.levels)); n > maxValues(int64(written)) {
		return fmt.Errorf("write snapshot: %d values in %d bytes", n, written)
	}
	return nil
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (f *footer) write(pw *file.Writer) error {
	pairs, err := f.pairs()
	if err != nil {
		return err
	}
	for _, p := range append(pairs, [2]string{checksumKey, checksum(pairs)}) {
		if err := pw.AppendKeyValueMetadata(p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// write writes the rows as one row group, or none if there are none.
func (t *table) write(pw *file.Writer, run string) error {
	if len(t.iterations) == 0 {
		return nil
	}
	group, err := pw.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	writers := [columns]func(file.ColumnChunkWriter) error{
		runColumn:       func(w file.ColumnChunkWriter) error { return writeRun(w, run, len(t.iterations)) },
		iterationColumn: t.writeIterations,
		lossColumn:      func(w file.ColumnChunkWriter) error { return t.loss.write(w, nil) },
		timeColumn:      func(w file.ColumnChunkWriter) error { return t.time.write(w, nil) },
		scoresColumn:    func(w file.ColumnChunkWriter) error { return t.scores.write(w, t.repetition) },
	}
	for _, write := range writers {
		w, err := group.NextColumn()
		if err != nil {
			return err
		}
		if err := errors.Join(write(w), w.Close()); err != nil {
			return err
		}
	}
	return group.Close()
}

// writeRun writes the run once and then refers to it.
func writeRun(w file.ColumnChunkWriter, run string, rows int) error {
	c := w.(*file.ByteArrayColumnChunkWriter)
	if _, err := c.WriteBatch([]parquet.ByteArray{parquet.ByteArray(run)}, nil, nil); err != nil {
		return err
	}
	zeros := memory.NewBufferBytes(make([]byte, (rows-1)*arrow.Int32SizeBytes))
	data := array.NewData(arrow.PrimitiveTypes.Int32, rows-1, []*memory.Buffer{nil, zeros}, nil, 0, 0)
	return c.WriteDictIndices(array.NewInt32Data(data), nil, nil)
}

func (t *table) writeIterations(w file.ColumnChunkWriter) error {
	_, err := w.(*file.Int64ColumnChunkWriter).WriteBatch(t.iterations, nil, nil)
	return err
}

func (f floats) write(w file.ColumnChunkWriter, repetition []int16) error {
	_, err := w.(*file.Float64ColumnChunkWriter).WriteBatch(f.values, f.levels, repetition)
	return err
}
