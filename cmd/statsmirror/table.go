package main

import (
	"slices"
	"strings"
)

// table is what is printed in columns on a screen.
type table struct {
	head []heading
	rows [][]cell // each as long as head
	gap  int      // between columns
}

type heading struct {
	name    string
	right   bool // numbers stand right
	shrinks bool // to no less than minShrunk, when rows do not fit
}

type cell struct {
	text string // printable
	how  style
}

const minShrunk = 20

// widths returns the columns that each column needs.
func (t table) widths() []int {
	widths := make([]int, len(t.head))
	for i, c := range t.head {
		widths[i] = columnsOf(c.name)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], columnsOf(c.text))
		}
	}
	return widths
}

// excess returns by how much columns of these widths are too wide for a screen.
func (t table) excess(widths []int, s screen) int {
	total := t.gap * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	return max(0, total-s.width)
}

// lines returns the table as lines that fit the screen.
func (t table) lines(s screen) []string {
	widths := t.widths()
	for i, c := range t.head {
		if c.shrinks {
			widths[i] = max(min(widths[i], minShrunk), widths[i]-t.excess(widths, s))
		}
	}
	rows := make([][]cell, len(t.rows))
	for n, row := range t.rows {
		rows[n] = slices.Clone(row)
	}
	for i, c := range t.head {
		if c.shrinks {
			for n, text := range shorten(t.column(i), widths[i]) {
				rows[n][i].text = text
			}
		}
	}
	names := make([]cell, len(t.head))
	for i, c := range t.head {
		names[i] = cell{c.name, bold}
	}
	lines := []string{t.line(names, widths, s)}
	for _, row := range rows {
		lines = append(lines, t.line(row, widths, s))
	}
	return lines
}

// column returns the texts of one column.
func (t table) column(i int) []string {
	texts := make([]string, len(t.rows))
	for n, row := range t.rows {
		texts[n] = row[i].text
	}
	return texts
}

func (t table) line(row []cell, widths []int, s screen) string {
	var b strings.Builder
	room := s.width
	for i, c := range row {
		text := c.text
		if t.head[i].shrinks {
			text = cutMiddle(text, widths[i])
		}
		if i < len(row)-1 || t.head[i].right {
			text = pad(text, widths[i], t.head[i].right)
		}
		text = cutEnd(text, max(1, room))
		b.WriteString(s.paint(text, c.how))
		if room -= columnsOf(text) + t.gap; i == len(row)-1 || room <= 0 {
			break
		}
		b.WriteString(strings.Repeat(" ", t.gap))
	}
	return b.String()
}
