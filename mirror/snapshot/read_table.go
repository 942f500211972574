package snapshot

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// maxValues bounds how many values, nulls included, a column of a file of size
// bytes may have: pages of equal values compress without bound. Genuine values
// take about a byte or more each.
func maxValues(size int64) int64 { return 1<<24 + size<<6 }

// tableReader reads the columns of a file. What the file claims about sizes
// decides about no memory: tables grow by the batch, as values arrive.
type tableReader struct {
	file  *file.Reader
	group *file.RowGroupReader
	size  int64 // bytes of the file
	rows  int
	limit int    // values of a column
	run   string // escaped
	table *table
}

func readTable(pr *file.Reader, size int64, f *footer) (*table, error) {
	t := &table{nullTraining: f.nullTraining, nullValidation: f.nullValidation}
	if pr.NumRowGroups() == 0 {
		return t, nil
	}
	group := pr.RowGroup(0)
	r := &tableReader{pr, group, size, int(group.NumRows()), int(maxValues(size)), escapeText(f.Run), t}
	for _, read := range []func() error{r.readIterations, r.readTraining, r.readScores, r.readRun} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readRun holds the column to be the run in every row. It decodes no indices:
// there is but one entry in the dictionary.
func (r *tableReader) readRun() error {
	pages, err := r.group.GetColumnPageReader(runColumn)
	if err != nil {
		return err
	}
	entry := append(binary.LittleEndian.AppendUint32(nil, uint32(len(r.run))), r.run...)
	entries, rows := 0, 0
	for pages.Next() {
		switch p := pages.Page(); {
		case p.Type() == file.PageTypeDictionaryPage:
			if entries += int(p.NumValues()); entries != 1 || !bytes.Equal(p.Data(), entry) {
				return damagedf("its rows are not of run %q", r.run)
			}
		case parquet.Encoding(p.Encoding()) != parquet.Encodings.RLEDict:
			return damagedf("column run has encoding %s", p.Encoding())
		default:
			rows += int(p.NumValues())
		}
	}
	if err := pages.Err(); err != nil {
		return err
	}
	if entries != 1 || rows != r.rows {
		return damagedf("column run has %d values and %d rows of %d", entries, rows, r.rows)
	}
	return nil
}

func (r *tableReader) readIterations() error {
	c, room, err := r.column(iterationColumn)
	if err != nil {
		return err
	}
	all := make([]int64, 0, room)
	for c.HasNext() && len(all) <= r.rows && len(all) <= r.limit {
		all = slices.Grow(all, batchSize)
		_, n, err := c.(*file.Int64ColumnChunkReader).ReadBatch(batchSize, all[len(all):len(all)+batchSize], nil, nil)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		all = all[:len(all)+n]
	}
	if err := c.Err(); err != nil {
		return err
	}
	if len(all) != r.rows {
		return damagedf("column iteration has not %d rows", r.rows)
	}
	for i := 1; i < len(all); i++ {
		if all[i] <= all[i-1] {
			return damagedf("iteration %d comes after %d", all[i], all[i-1])
		}
	}
	r.table.iterations = all
	return nil
}

func (r *tableReader) readTraining() error {
	for column, f := range map[int]*floats{lossColumn: &r.table.loss, timeColumn: &r.table.time} {
		if err := r.readFloats(column, f, nil); err != nil {
			return err
		}
		if len(f.levels) != r.rows {
			return damagedf("column %d has %d rows of %d", column, len(f.levels), r.rows)
		}
	}
	return nil
}

func (r *tableReader) readScores() error {
	return r.readFloats(scoresColumn, &r.table.scores, &r.table.repetition)
}

// readFloats reads a column of doubles, with the repetition levels if that is
// not nil.
func (r *tableReader) readFloats(column int, f *floats, repetition *[]int16) error {
	c, room, err := r.column(column)
	if err != nil {
		return err
	}
	f.levels, f.values = make([]int16, 0, room), make([]float64, 0, room)
	if repetition != nil {
		*repetition = make([]int16, 0, room)
	}
	for c.HasNext() {
		if len(f.levels) > r.limit {
			return damagedf("column %d has over %d values", column, r.limit)
		}
		f.levels, f.values = slices.Grow(f.levels, batchSize), slices.Grow(f.values, batchSize)
		levels, values := len(f.levels), len(f.values)
		var repetitions []int16
		if repetition != nil {
			*repetition = slices.Grow(*repetition, batchSize)
			repetitions = (*repetition)[levels : levels+batchSize]
		}
		n, m, err := c.(*file.Float64ColumnChunkReader).ReadBatch(batchSize, f.values[values:values+batchSize], f.levels[levels:levels+batchSize], repetitions)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		f.levels, f.values = f.levels[:levels+int(n)], f.values[:values+m]
		if repetition != nil {
			*repetition = (*repetition)[:levels+int(n)]
		}
	}
	return c.Err()
}

// column opens a column, and tells for how many values to make room at first:
// for no more than the file has bytes.
func (r *tableReader) column(i int) (c file.ColumnChunkReader, room int64, err error) {
	chunk, err := r.group.MetaData().ColumnChunk(i)
	if err != nil {
		return nil, 0, err
	}
	pages, err := r.group.GetColumnPageReader(i)
	if err != nil {
		return nil, 0, err
	}
	room = min(chunk.NumValues(), r.size) + batchSize
	return newColumnReader(r.file, i, pages), room, nil
}
