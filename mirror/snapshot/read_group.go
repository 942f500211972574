package snapshot

import (
	"fmt"
	"sync"

	"statsmirror/mirror/snapshot/internal/parquet"
)

// groupReader reads the columns of a row group.
type groupReader struct {
	pages  parquet.Reader
	chunks []parquet.Chunk
	meta   group
	after  *int64 // the last iteration before the group; nil for none
	table  table
	marks  []bool // of each row
}

// groupReaders keeps the buffers of readers for reuse.
var groupReaders = sync.Pool{New: func() any { return &groupReader{} }}

// newGroupReader returns a reader of group i.
func newGroupReader(f *File, i int) *groupReader {
	r := groupReaders.Get().(*groupReader)
	r.pages.Reset(f.in)
	r.chunks, r.meta, r.after = f.groups[i].Chunks, f.footer.groups[i], nil
	if i > 0 {
		r.after = &f.footer.groups[i-1].Last
	}
	rows := int(f.groups[i].Rows) // mostRows or fewer
	r.table.iterations = resize(r.table.iterations, rows)
	r.marks = resize(r.marks, rows)
	return r
}

// free gives the buffers back. r must not be used afterwards.
func (r *groupReader) free() {
	r.pages.Reset(nil)
	r.chunks, r.meta, r.after = nil, group{}, nil
	groupReaders.Put(r)
}

// resize returns n values in the memory of s if it has room for them.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// read adds the rows to s.
func (r *groupReader) read(run string, s *Snapshot) error {
	t := &r.table
	if err := r.readIterations(t.iterations); err != nil {
		return err
	}
	if err := r.readDoubles(lossColumn, &t.loss); err != nil {
		return err
	}
	if err := r.readDoubles(timeColumn, &t.time); err != nil {
		return err
	}
	clear(r.marks)
	if err := t.fillTraining(r.meta.NullTraining, r.marks, &s.Training); err != nil {
		return err
	}
	clear(r.marks)
	if err := r.meta.NullValidation.mark(r.marks); err != nil {
		return err
	}
	scores := &filler{iterations: t.iterations, none: r.marks, to: &s.Validation, row: -1}
	if err := r.readScores(scores); err != nil {
		return err
	}
	return wrong(runColumn, r.pages.Text(r.chunks[runColumn], run, len(t.iterations)))
}

// wrong says in which column an error was found.
func wrong(column int, err error) error {
	if err != nil {
		return fmt.Errorf("column %s: %w", columnNames[column], err)
	}
	return nil
}

func (r *groupReader) readIterations(all []int64) error {
	if err := r.pages.Ints(r.chunks[iterationColumn], all); err != nil {
		return wrong(iterationColumn, err)
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

// readDoubles reads a column of doubles, with one level per row.
func (r *groupReader) readDoubles(column int, f *floats) error {
	f.values, f.levels = f.values[:0], f.levels[:0]
	return wrong(column, r.pages.Doubles(r.chunks[column], there, 0, func(values []float64, levels, _ []byte) error {
		f.values, f.levels = append(f.values, values...), append(f.levels, levels...)
		return nil
	}))
}

// readScores reads the scores in batches, because one row may have many. It reads as many as the
// footer claims.
func (r *groupReader) readScores(to *filler) error {
	err := r.pages.Doubles(r.chunks[scoresColumn], valueThere, scoresLists, func(values []float64, levels, repetitions []byte) error {
		return to.fill(floats{values, levels}, repetitions)
	})
	if err != nil {
		return wrong(scoresColumn, err)
	}
	return to.end()
}
