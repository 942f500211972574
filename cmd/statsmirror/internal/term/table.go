package term

import (
	"slices"
	"strings"
)

// Table is text in columns for a screen.
type Table struct {
	Head []Heading
	Rows [][]Cell // each as long as Head
	Gap  int      // screen columns between two columns of the table
}

// Heading is the name of a table's column, and how to print the column.
type Heading struct {
	Name    string
	Right   bool // align right, as for numbers
	Shrinks bool // cut the text, but not below 20 characters, if rows do not fit
}

// Cell is text in a table. It must be printable, see Printable.
type Cell struct {
	Text  string
	Style Style
}

const minShrunk = 20

// widths returns the columns that each column needs.
func (t Table) widths() []int {
	widths := make([]int, len(t.Head))
	for i, c := range t.Head {
		widths[i] = Columns(c.Name)
	}
	for _, row := range t.Rows {
		for i, c := range row {
			widths[i] = max(widths[i], Columns(c.Text))
		}
	}
	return widths
}

// Fits reports whether the table fits a screen without cuts.
func (t Table) Fits(s Screen) bool { return t.excess(t.widths(), s) == 0 }

// excess returns by how much columns of these widths exceed a screen.
func (t Table) excess(widths []int, s Screen) int {
	total := t.Gap * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	return max(0, total-s.Width)
}

// Lines returns the table as lines that fit a screen, with the headings first. It cuts
// text that is too long.
func (t Table) Lines(s Screen) []string {
	widths := t.widths()
	for i, c := range t.Head {
		if c.Shrinks {
			widths[i] = max(min(widths[i], minShrunk), widths[i]-t.excess(widths, s))
		}
	}
	rows := make([][]Cell, len(t.Rows))
	for n, row := range t.Rows {
		rows[n] = slices.Clone(row)
	}
	for i, c := range t.Head {
		if c.Shrinks {
			for n, text := range shorten(t.column(i), widths[i]) {
				rows[n][i].Text = text
			}
		}
	}
	names := make([]Cell, len(t.Head))
	for i, c := range t.Head {
		names[i] = Cell{c.Name, bold}
	}
	lines := []string{t.line(names, widths, s)}
	for _, row := range rows {
		lines = append(lines, t.line(row, widths, s))
	}
	return lines
}

// column returns the texts of one column.
func (t Table) column(i int) []string {
	texts := make([]string, len(t.Rows))
	for n, row := range t.Rows {
		texts[n] = row[i].Text
	}
	return texts
}

func (t Table) line(row []Cell, widths []int, s Screen) string {
	var b strings.Builder
	room := s.Width
	for i, c := range row {
		text := c.Text
		if t.Head[i].Shrinks {
			text = CutMiddle(text, widths[i])
		}
		if i < len(row)-1 || t.Head[i].Right {
			text = pad(text, widths[i], t.Head[i].Right)
		}
		text = CutEnd(text, max(1, room))
		b.WriteString(s.Paint(text, c.Style))
		if room -= Columns(text) + t.Gap; i == len(row)-1 || room <= 0 {
			break
		}
		b.WriteString(strings.Repeat(" ", t.Gap))
	}
	return b.String()
}
