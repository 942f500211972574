package chart

import (
	"fmt"
	"slices"
)

// entry is a part of a legend: first the name of the series, then one entry for each kind of mark.
type entry struct {
	kind Kind // of the marks
	text string
}

// legend returns the legend of a series, all on one line.
func (s laid) legend() []entry {
	entries := []entry{{text: s.Name}}
	var rows [kinds]int
	for _, m := range s.marks {
		if m.Kind.isValue() {
			rows[m.Kind] += m.Rows
		} else {
			entries = append(entries, entry{m.Kind, m.Text})
		}
	}
	for kind, n := range rows {
		if n > 0 {
			entries = append(entries, entry{Kind(kind), fmt.Sprintf("%s: %d", Kind(kind), n)})
		}
	}
	return entries
}

// inColumns arranges entries of some widths in columns, down each column first, with a gap between
// columns: in as few rows as fit into a width, but in at most so many rows, even if columns are then
// too narrow for their entries.
func inColumns[N int | float64](entries []N, gap, width N, most int) (rows int, widths []N) {
	for n := len(entries); n > 0; n-- {
		rows = (len(entries) + n - 1) / n
		widths = nil
		total := -gap
		for column := range slices.Chunk(entries, rows) {
			widths = append(widths, slices.Max(column))
			total += gap + slices.Max(column)
		}
		if total <= width {
			return rows, widths
		}
		if next := n - 1; next == 0 || (len(entries)+next-1)/next > max(most, 1) {
			break
		}
	}
	return rows, narrowed(widths, width-gap*N(max(len(widths)-1, 0)))
}

// narrowed narrows the widest columns, so that all fit into a width.
func narrowed[N int | float64](widths []N, width N) []N {
	total := N(0)
	for _, w := range widths {
		total += w
	}
	if float64(total) <= float64(width)+rounding {
		return widths
	}
	most, left := width, N(len(widths))
	for _, w := range slices.Sorted(slices.Values(widths)) {
		if most = width / left; w > most {
			break
		}
		width, left = width-w, left-1
	}
	for i, w := range widths {
		widths[i] = min(w, most)
	}
	return widths
}

// fit shortens the longest texts of a legend's entries, so that all fit into a width.
func fit[N int | float64](entries []entry, width N, measure func(string) N) []entry {
	widths := make([]N, len(entries))
	for i, e := range entries {
		widths[i] = measure(e.text)
	}
	fitted := slices.Clone(entries)
	for i, w := range narrowed(widths, max(width, 0)) {
		fitted[i].text = shorten(fitted[i].text, w, measure)
	}
	return fitted
}

// shorten shortens a text to a width by a measure. It cuts out the middle.
func shorten[N int | float64](text string, width N, measure func(string) N) string {
	if measure(text) <= width {
		return text
	}
	runes := []rune(text)
	for keep := len(runes) - 1; keep > 0; keep-- {
		short := string(runes[:(keep+1)/2]) + "…" + string(runes[len(runes)-keep/2:])
		if measure(short) <= width {
			return short
		}
	}
	return ""
}

// cells returns how many cells of a terminal a text takes, or more: a letter that may be wide
// counts as wide.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x1100 && r < 0x2000 || r >= 0x2e80 {
			n++
		}
	}
	return n
}
