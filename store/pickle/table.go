package pickle

import "statsmirror/store/column"

// Table is what was decoded, column by column. A slice has an entry for each
// column of the layout, of which those of the column's type are used.
type Table struct {
	Rows   int
	Ints   [][]int64
	Floats []column.Floats
	Nested []column.Nested
	Text   []string // the first text of the column; "" for none
	Mixed  bool     // rows have different texts in a column

	Trailing bool // bytes after the end of the pickle were not read
}

func newTable(columns int) *Table {
	return &Table{
		Ints: make([][]int64, columns), Floats: make([]column.Floats, columns),
		Nested: make([]column.Nested, columns), Text: make([]string, columns),
	}
}

// hasRoom reports whether n rows can be added to the columns of fixed size
// without more memory. They have as many rows each, and grow together.
func (t *Table) hasRoom(columns []Column, n int) bool {
	for i, c := range columns {
		if c.Type == Int {
			return cap(t.Ints[i])-len(t.Ints[i]) >= n
		}
	}
	return false
}

// reserve makes room for at least n more rows in the columns of fixed size.
// The room is what total rows take, an estimate, or less: never more than
// eight times what is there already, nor than a million rows or twice what is
// there, so that memory follows what the input has shown and not what it claims. The steps are such that all of them together
// take little more than the last.
func (t *Table) reserve(columns []Column, n, total int) {
	for i, c := range columns {
		switch c.Type {
		case Int:
			t.Ints[i] = grown(t.Ints[i], n, total)
		case Float:
			t.Floats[i].Values = grown(t.Floats[i].Values, n, total)
		}
	}
}

const (
	growth   = 8
	maxSpare = 1 << 20 // rows to make room for at once, or as many as there are
)

func grown[T any](s []T, n, total int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	room := max(total, 2*cap(s))
	for room > growth*cap(s) && room/growth >= len(s)+n {
		room /= growth
	}
	room = min(room, growth*cap(s), len(s)+n+max(maxSpare, len(s)))
	t := make([]T, len(s), max(len(s)+n, room))
	copy(t, s)
	return t
}
