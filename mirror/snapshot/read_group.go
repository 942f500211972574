package snapshot

import (
	"bytes"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// groupReader reads the columns of a row group.
type groupReader struct {
	file  *file.Reader
	group *file.RowGroupReader
	meta  group
	after *int64 // the last iteration before the group; nil for none
}

// read adds the rows to s.
func (r *groupReader) read(run string, s *Snapshot) error {
	rows := int(r.group.NumRows()) // mostRows or fewer
	t := &table{iterations: make([]int64, rows)}
	if err := r.readIterations(t.iterations); err != nil {
		return err
	}
	for column, f := range map[int]*floats{lossColumn: &t.loss, timeColumn: &t.time} {
		*f = floats{make([]float64, rows), make([]int16, rows)}
		if err := r.readFloats(column, f); err != nil {
			return err
		}
	}
	if err := t.fillTraining(r.meta.NullTraining, &s.Training); err != nil {
		return err
	}
	scores := &filler{iterations: t.iterations, none: make([]bool, rows), to: &s.Validation, row: -1}
	if err := r.meta.NullValidation.mark(scores.none); err != nil {
		return err
	}
	if err := r.readScores(scores); err != nil {
		return err
	}
	return r.readRun(run, rows)
}

// readRun checks that the column has the run in every row. It decodes no indices, because the
// dictionary has only one entry.
func (r *groupReader) readRun(run string, rows int) error {
	pages, err := r.group.GetColumnPageReader(runColumn)
	if err != nil {
		return err
	}
	entry := append(binary.LittleEndian.AppendUint32(nil, uint32(len(run))), run...)
	entries, values := 0, 0
	for pages.Next() {
		switch p := pages.Page(); {
		case p.Type() == file.PageTypeDictionaryPage:
			if entries += int(p.NumValues()); entries != 1 || !bytes.Equal(p.Data(), entry) {
				return damagedf("its rows are not of run %q", run)
			}
		case parquet.Encoding(p.Encoding()) != parquet.Encodings.RLEDict:
			return damagedf("column run has encoding %s", p.Encoding())
		default:
			values += int(p.NumValues())
		}
	}
	if err := pages.Err(); err != nil {
		return err
	}
	if entries != 1 || values != rows {
		return damagedf("column run does not have one value in all rows (%d): values %d, rows %d", rows, entries, values)
	}
	return nil
}

func (r *groupReader) readIterations(all []int64) error {
	c, err := r.column(iterationColumn)
	if err != nil {
		return err
	}
	n := 0
	for n < len(all) && c.HasNext() {
		_, more, err := c.(*file.Int64ColumnChunkReader).ReadBatch(int64(len(all)-n), all[n:], nil, nil)
		if err != nil {
			return err
		}
		if n += more; more == 0 {
			break
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	if n < len(all) || c.HasNext() {
		return damagedf("column iteration does not have all rows (%d)", len(all))
	}
	for i, iteration := range all {
		if i > 0 && iteration <= all[i-1] || i == 0 && r.after != nil && iteration <= *r.after {
			return damagedf("iteration %d comes after a higher one", iteration)
		}
	}
	if last := all[len(all)-1]; last != r.meta.Last {
		return damagedf("a group ends with iteration %d, not %d as in its metadata", last, r.meta.Last)
	}
	return nil
}

// readFloats reads a column of doubles, with one level per row.
func (r *groupReader) readFloats(column int, f *floats) error {
	c, err := r.column(column)
	if err != nil {
		return err
	}
	levels, values := 0, 0
	for levels < len(f.levels) && c.HasNext() {
		n, m, err := c.(*file.Float64ColumnChunkReader).ReadBatch(int64(len(f.levels)-levels), f.values[values:], f.levels[levels:], nil)
		if err != nil {
			return err
		}
		if levels, values = levels+int(n), values+m; n == 0 {
			break
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	if levels < len(f.levels) || c.HasNext() {
		return damagedf("column %d does not have all rows (%d)", column, len(f.levels))
	}
	f.values = f.values[:values]
	return nil
}

// readScores reads the scores in batches, because one row may have many. It reads as many as the
// footer claims, whatever the pages hold.
func (r *groupReader) readScores(to *filler) error {
	chunk, err := r.group.MetaData().ColumnChunk(scoresColumn)
	if err != nil {
		return err
	}
	c, err := r.column(scoresColumn)
	if err != nil {
		return err
	}
	values := make([]float64, batchSize)
	levels, repetition := make([]int16, batchSize), make([]int16, batchSize)
	for left := chunk.NumValues(); c.HasNext(); {
		n, m, err := c.(*file.Float64ColumnChunkReader).ReadBatch(batchSize, values, levels, repetition)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if left -= n; left < 0 {
			return damagedf("column scores has more than %d values", chunk.NumValues())
		}
		if err := to.fill(floats{values[:m], levels[:n]}, repetition); err != nil {
			return err
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	return to.end()
}

func (r *groupReader) column(i int) (file.ColumnChunkReader, error) {
	pages, err := r.group.GetColumnPageReader(i)
	if err != nil {
		return nil, err
	}
	return newColumnReader(r.file, i, pages), nil
}
