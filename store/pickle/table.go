package pickle

import (
	"statsmirror/store/column"
	"statsmirror/store/pickle/internal/template"
)

// Table has the decoded rows, column by column. Each slice has an entry for each column of the
// layout. Only the slice of the column's type holds its values.
type Table struct {
	Rows   int
	Ints   []column.Blocks[int64]
	Floats []column.Floats
	Nested []column.Nested
	Text   []string // the first text of the column; "" for none
	Mixed  bool     // rows have different texts in a column

	NotText bool   // a value in a column of texts was not text
	Opaque  string // the first class or function that was skipped; "" for none

	Trailing bool // the pickle is followed by bytes that were not read
}

func newTable(columns int) *Table {
	return &Table{
		Ints: make([]column.Blocks[int64], columns), Floats: make([]column.Floats, columns),
		Nested: make([]column.Nested, columns), Text: make([]string, columns),
	}
}

// reset removes all rows and keeps their memory for reuse.
func (t *Table) reset() {
	for i := range t.Ints {
		t.Ints[i].Reset()
		t.Floats[i].Reset()
		t.Nested[i].Reset()
	}
	clear(t.Text)
	t.Rows, t.Mixed, t.NotText, t.Opaque, t.Trailing = 0, false, false, "", false
}

// columns points room at the memory that the columns of numbers have for rows to come. It returns
// the number of rows that fit.
func (t *Table) columns(columns []Column, room *template.Columns) (rows int) {
	rows = column.BlockLen
	room.FrameEnd = -1 << 40
	for i, c := range columns {
		switch c.Type {
		case Int:
			room.Ints[i] = t.Ints[i].Spare()
			rows = min(rows, len(room.Ints[i]))
		case Float:
			room.Floats[i] = t.Floats[i].Values.Spare()
			rows = min(rows, len(room.Floats[i]))
		case Nested:
			room.Nested[i] = &t.Nested[i]
		}
	}
	return rows
}

// take adds the first n rows of the room filled by columns. Nested has them already.
func (t *Table) take(columns []Column, n int) {
	t.Rows += n
	for i, c := range columns {
		switch c.Type {
		case Int:
			t.Ints[i].Take(n)
		case Float:
			t.Floats[i].Take(n)
		}
	}
}
