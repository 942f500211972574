package snapshot

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// maxLevels bounds how many rows, or values of a column, a file of size bytes
// is believed to hold: the most compressible column takes about 1 byte for
// 4000.
func maxLevels(size int64) int64 { return 1<<20 + size<<13 }

type tableReader struct {
	group *file.RowGroupReader
	rows  int
	limit int // values of a column
	table *table
}

func readTable(pr *file.Reader, size int64) (*table, error) {
	t := &table{}
	if pr.NumRowGroups() == 0 {
		return t, nil
	}
	limit := maxLevels(size)
	rows := pr.RowGroup(0).NumRows()
	if rows <= 0 || rows > limit {
		return nil, damagedf("it claims %d rows", rows)
	}
	r := &tableReader{pr.RowGroup(0), int(rows), int(limit), t}
	for _, read := range []func() error{r.readRun, r.readIterations, r.readTraining, r.readScores} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (r *tableReader) readRun() error {
	c, err := r.group.Column(runColumn)
	if err != nil {
		return err
	}
	run := c.(*file.ByteArrayColumnChunkReader)
	batch := make([]parquet.ByteArray, min(r.rows, batchSize))
	for row := 0; row < r.rows; {
		_, n, err := run.ReadBatch(int64(min(len(batch), r.rows-row)), batch, nil, nil)
		if err != nil {
			return err
		}
		if n == 0 {
			return damagedf("column run ends at row %d of %d", row, r.rows)
		}
		if row == 0 {
			r.table.run = string(batch[0])
		}
		for _, b := range batch[:n] {
			if string(b) != r.table.run {
				return damagedf("it holds rows of another run")
			}
		}
		row += n
	}
	return nil
}

func (r *tableReader) readIterations() error {
	c, err := r.group.Column(iterationColumn)
	if err != nil {
		return err
	}
	all := make([]int64, r.rows)
	for row := 0; row < r.rows; {
		_, n, err := c.(*file.Int64ColumnChunkReader).ReadBatch(int64(min(r.rows-row, batchSize)), all[row:], nil, nil)
		if err != nil {
			return err
		}
		if n == 0 {
			return damagedf("column iteration ends at row %d of %d", row, r.rows)
		}
		row += n
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
		c, err := r.floats(column)
		if err != nil {
			return err
		}
		if err := f.read(c, nil, r.rows, r.rows); err != nil {
			return err
		}
		if len(f.levels) != r.rows {
			return damagedf("column %d ends at row %d of %d", column, len(f.levels), r.rows)
		}
	}
	return nil
}

func (r *tableReader) readScores() error {
	c, err := r.floats(scoresColumn)
	if err != nil {
		return err
	}
	return r.table.scores.read(c, &r.table.repetition, r.rows, r.limit)
}

func (r *tableReader) floats(column int) (*file.Float64ColumnChunkReader, error) {
	c, err := r.group.Column(column)
	if err != nil {
		return nil, err
	}
	return c.(*file.Float64ColumnChunkReader), nil
}

// read reads a column to its end, at most limit values, nulls included.
func (f *floats) read(c *file.Float64ColumnChunkReader, repetition *[]int16, hint, limit int) error {
	f.levels = make([]int16, 0, hint+batchSize)
	if repetition == nil {
		f.values = make([]float64, 0, hint+batchSize)
	} else {
		*repetition = make([]int16, 0, hint+batchSize)
	}
	for c.HasNext() {
		at, to := len(f.levels), len(f.levels)+batchSize
		if at > limit {
			return damagedf("a column has over %d values", limit)
		}
		f.levels = grow(f.levels, to)
		f.values = grow(f.values, len(f.values)+batchSize)
		var reps []int16
		if repetition != nil {
			*repetition = grow(*repetition, to)
			reps = (*repetition)[at:to]
		}
		have := len(f.values) - batchSize
		total, n, err := c.ReadBatch(batchSize, f.values[have:], f.levels[at:to], reps)
		if err != nil {
			return err
		}
		f.levels, f.values = f.levels[:at+int(total)], f.values[:have+n]
		if repetition != nil {
			*repetition = (*repetition)[:at+int(total)]
		}
		if total == 0 {
			break
		}
	}
	return c.Err()
}

// grow returns s with length n.
func grow[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	bigger := make([]T, n, max(n, 2*cap(s)))
	copy(bigger, s)
	return bigger
}
