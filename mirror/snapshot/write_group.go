package snapshot

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// encodeGroup writes one row group.
func encodeGroup(pw *file.Writer, run string, p part) (group, error) {
	hashes := make(chan [2]string, 1)
	go func() { hashes <- [2]string{p.trainingSHA256(), p.validationSHA256()} }()
	t := newTable(p)
	err := t.write(pw, run)
	sums := <-hashes
	return group{
		Last:           t.iterations[len(t.iterations)-1],
		TrainingRows:   int64(p.trainedTo - p.trainedFrom),
		ValidationRows: int64(p.validatedTo - p.validatedFrom),
		TrainingSHA256: sums[0], ValidationSHA256: sums[1],
		Losses:       lossesOf(p.training, p.trainedFrom, p.trainedTo),
		NullTraining: t.nullTraining, NullValidation: t.nullValidation,
	}, err
}

// write writes the rows as one row group.
func (t *table) write(pw *file.Writer, run string) error {
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

// writeRun writes the run once, then refers to it.
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
