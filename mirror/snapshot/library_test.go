package snapshot

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// TestLibraryReadsTheSame reads all golden files with another library, which wrote some of them. It
// gives the same values and levels.
func TestLibraryReadsTheSame(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/[gr]*/*" + Suffix) // golden and released
	if err != nil || len(names) < 18 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		other, err := file.NewParquetReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if other.NumRowGroups() != len(f.groups) {
			t.Errorf("%s: %d groups, want %d", name, other.NumRowGroups(), len(f.groups))
		}
		for i := range f.groups {
			var s Snapshot
			if err := f.read(i, &s); err != nil {
				t.Fatal(err)
			}
			want := newTable(s.whole())
			for column, floats := range map[int]*floats{lossColumn: &want.loss, timeColumn: &want.time, scoresColumn: &want.scores} {
				values, levels, repetition := doublesOf(t, other.RowGroup(i), column)
				if !slices.EqualFunc(values, floats.values, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) ||
					!bytes.Equal(levels, floats.levels) || column == scoresColumn && !bytes.Equal(repetition, want.repetition) {
					t.Errorf("%s: group %d: column %s differs", name, i, columnNames[column])
				}
			}
			runs, iterations := keysOf(t, other.RowGroup(i))
			if !slices.Equal(iterations, want.iterations) {
				t.Errorf("%s: group %d: iterations are %v", name, i, iterations)
			}
			for _, run := range runs {
				if string(run) != escapeText(f.Meta().Run) {
					t.Errorf("%s: group %d: run is %q", name, i, run)
				}
			}
		}
	}
}

// doublesOf returns the values and levels of a column.
func doublesOf(t *testing.T, group *file.RowGroupReader, column int) (values []float64, levels, repetition []byte) {
	t.Helper()
	c, err := group.Column(column)
	if err != nil {
		t.Fatal(err)
	}
	const batch = 1000
	for c.HasNext() {
		some, d, r := make([]float64, batch), make([]int16, batch), make([]int16, batch)
		n, m, err := c.(*file.Float64ColumnChunkReader).ReadBatch(batch, some, d, r)
		if err != nil || n == 0 {
			t.Fatalf("%d levels: %v", n, err)
		}
		values = append(values, some[:m]...)
		for i := range n {
			levels, repetition = append(levels, byte(d[i])), append(repetition, byte(r[i]))
		}
	}
	return values, levels, repetition
}

// keysOf returns the required columns.
func keysOf(t *testing.T, group *file.RowGroupReader) (runs []parquet.ByteArray, iterations []int64) {
	t.Helper()
	runs, iterations = make([]parquet.ByteArray, group.NumRows()), make([]int64, group.NumRows())
	for column, read := range map[int]func(file.ColumnChunkReader) (int64, error){
		runColumn: func(c file.ColumnChunkReader) (int64, error) {
			n, _, err := c.(*file.ByteArrayColumnChunkReader).ReadBatch(group.NumRows(), runs, nil, nil)
			return n, err
		},
		iterationColumn: func(c file.ColumnChunkReader) (int64, error) {
			n, _, err := c.(*file.Int64ColumnChunkReader).ReadBatch(group.NumRows(), iterations, nil, nil)
			return n, err
		},
	} {
		c, err := group.Column(column)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := read(c); err != nil || n != group.NumRows() {
			t.Fatalf("column %s: %d rows of %d: %v", columnNames[column], n, group.NumRows(), err)
		}
	}
	return runs, iterations
}
