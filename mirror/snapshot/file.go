package snapshot

import (
	"io"

	"statsmirror/mirror/snapshot/internal/parquet"
	"statsmirror/store"
)

// File is an open snapshot file. Its rows are read group by group.
type File struct {
	in     *input
	footer *footer
	groups []parquet.RowGroup
	raw    [][]byte // the same, as in the footer
	starts []int64  // of the groups, and the end of the last one
}

// Open opens a snapshot of size bytes and reads its metadata. Every error of Open and of File's
// methods is a *DamagedError, unless r returned it.
func Open(r io.ReaderAt, size int64) (*File, error) {
	in := &input{SectionReader: io.NewSectionReader(r, 0, size)}
	f, err := open(in)
	return f, in.judge(err)
}

// open reads the footer and checks that all offsets in it lie within the file. It compares the
// bytes with their hashes before it decodes any of them.
func open(in *input) (*File, error) {
	raw, err := in.rawFooter()
	if err != nil {
		return nil, err
	}
	f := &File{in: in, raw: raw.Groups}
	if f.footer, err = parseFooter(raw); err != nil {
		return nil, err
	}
	if f.groups, err = raw.Decode(schema); err != nil {
		return nil, err
	}
	return f, f.place()
}

// place finds the groups in the file.
func (f *File) place() error {
	end, _, err := f.in.footer()
	if err != nil {
		return err
	}
	for i, g := range f.footer.groups {
		rows := f.groups[i].Rows
		if err := checkRows(rows, g); err != nil {
			return err
		}
		start := int64(0) // of the first, after the magic number
		for c := range columns {
			at, err := f.chunk(i, c, rows, end)
			if err != nil {
				return err
			}
			if c == runColumn && i > 0 {
				start = at
			}
		}
		if i > 0 && start <= f.starts[i-1] {
			return damagedf("group %d begins before the end of the previous one", i)
		}
		f.starts = append(f.starts, start)
	}
	f.starts = append(f.starts, end)
	if takes, most := f.Memory(), mostMemory(f.in.Size()); takes > most {
		return damagedf("its rows take %d bytes of memory; a file of %d bytes may take %d", takes, f.in.Size(), most)
	}
	return nil
}

// chunk returns the offset of a column's pages in a group, which must lie before end. It checks the
// number of values that they claim for the rows of the group.
func (f *File) chunk(group, column int, rows, end int64) (at int64, err error) {
	chunk := f.groups[group].Chunks[column]
	if chunk.Codec != parquet.Zstd && chunk.Codec != parquet.Uncompressed {
		return 0, damagedf("column %s of group %d is compressed with codec %d", columnNames[column], group, chunk.Codec) // without a bound
	}
	at = chunk.Start()
	size := chunk.Size
	if at < 0 || size < 0 || size > end || at > end-size {
		return 0, damagedf("column %s of group %d lies outside the file", columnNames[column], group)
	}
	switch n := chunk.Values; {
	case column != scoresColumn && n != rows:
		return 0, damagedf("column %s of group %d claims %d values for the group's %d rows", columnNames[column], group, n, rows)
	case column == scoresColumn && (n < rows || n > mostValues(size)):
		return 0, damagedf("group %d claims %d scores in %d rows and %d bytes", group, n, rows, size)
	}
	return at, nil
}

func checkRows(rows int64, g group) error {
	if rows <= 0 || rows > mostRows || g.TrainingRows < 0 || g.ValidationRows < 0 || rows-g.TrainingRows > g.ValidationRows {
		return damagedf("a group claims %s, its metadata %d and %d", store.Count(rows, "row", "rows"), g.TrainingRows, g.ValidationRows)
	}
	return nil
}

// Memory returns about how many bytes of memory all rows take.
func (f *File) Memory() int64 { return memoryOf(f.groups, f.footer.groups) }
