package chart

import (
	"fmt"
	"slices"
	"strings"
)

// textLegend is the legend of a panel in a terminal, in columns.
type textLegend struct {
	heads    []string // sample of each line
	entries  [][]entry
	rows     int
	widths   []int // of the columns
	lettered int   // number of lines that have a letter
}

const columnSpace = 2 // cells between the columns of a legend

func (l layout) textLegend(width int) textLegend {
	out := textLegend{lettered: len(l.letters())}
	natural := make([]int, len(l.series))
	for i, s := range l.series {
		out.heads = append(out.heads, l.head(i))
		out.entries = append(out.entries, s.legend())
		natural[i] = cells(out.heads[i]) + cells(inLine(out.entries[i]))
	}
	out.rows, out.widths = inColumns(natural, columnSpace, width, len(natural))
	return out
}

// symbolWidth is the width of the symbol before each entry but the first, and of the space around it.
const symbolWidth = 4

// inLine returns the entries of a legend as one line.
func inLine(entries []entry) string {
	text := entries[0].text
	for _, e := range entries[1:] {
		text += fmt.Sprintf("  %c %s", symbols[e.kind], e.text)
	}
	return text
}

// head returns a sample of a line for the legend, with its letter.
func (l layout) head(i int) string {
	s := l.series[i]
	switch {
	case s.Role.isBand():
		return strings.Repeat(string(s.shade()), 3) + " "
	case slices.Contains(l.letters(), i):
		return "⠒" + string(s.letter()) + "⠒ "
	case len(l.series) > 1:
		return "⠒⠒⠒ "
	}
	return "⠒⠒ "
}

// shade is the character for the band of a series.
func (s Series) shade() rune {
	if s.Role == Inner {
		return '▒'
	}
	return '░'
}

// letters returns the series with a letter: the single lines. One alone needs none.
func (l layout) letters() (series []int) {
	for i, s := range l.series {
		if s.Role == Single && len(l.series) > 1 {
			series = append(series, i)
		}
	}
	return series
}

// letter returns the letter of a series: that of its style, so that it is the same in each panel.
func (s Series) letter() rune { return 'a' + rune(s.Style%26) }

// legend writes the legend, with the letter that identifies each line without colour.
func (d textPanel) legend(l textLegend) {
	for row := range l.rows {
		for column, width := range l.widths {
			i := column*l.rows + row
			if i >= len(d.series) {
				break
			}
			entries := l.entries[i]
			room := width - cells(l.heads[i])
			text := inLine(fit(entries, room-symbolWidth*(len(entries)-1), cells))
			if column > 0 {
				d.WriteString(strings.Repeat(" ", columnSpace))
			}
			d.coloured(l.heads[i], d.series[i])
			d.WriteString(text)
			if i+l.rows < len(d.series) {
				d.WriteString(strings.Repeat(" ", max(room-cells(text), 0)))
			}
		}
		d.WriteString("\n")
	}
}
