package chart

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is the legend of a panel in a picture, in columns.
type legend struct {
	series  []laid
	entries [][]entry   // of each series
	rows    int         // in each column but the last
	widths  []vg.Length // of the columns
}

// Measures of an entry in a legend, in points.
const (
	sampleWidth = 28
	partGap     = 6 // between its parts
	columnGap   = 18
)

// legend arranges the legend in a width, in at most so many rows if names can be shortened to that.
func (l layout) legend(width vg.Length, most int) legend {
	out := legend{series: l.series}
	natural := make([]float64, len(l.series))
	for i, s := range l.series {
		out.entries = append(out.entries, s.legend())
		natural[i] = sampleWidth + partGap + widthOf(out.entries[i])
	}
	rows, widths := inColumns(natural, columnGap, width.Points(), most)
	out.rows = rows
	for _, w := range widths {
		out.widths = append(out.widths, vg.Points(w))
	}
	return out
}

// widthOf returns the width of the texts of a legend and of the glyphs between them.
func widthOf(entries []entry) (w float64) {
	for i, e := range entries {
		if i > 0 {
			w += 4 * partGap
		}
		w += measure(e.text)
	}
	return w
}

// measure returns the width of a text of a legend.
func measure(text string) float64 {
	style := textStyle(fontSize)
	return textLength(style.Handler.Cache().Lookup(style.Font, fontSize), text).Points()
}

func (l legend) height() vg.Length { return vg.Length(l.rows) * lineHeight }

// draw draws the legend from a place on to the right and down.
func (l legend) draw(c draw.Canvas, at vg.Point) {
	for i, s := range l.series {
		column, row := i/l.rows, i%l.rows
		x := at.X
		for _, w := range l.widths[:column] {
			x += w + columnGap
		}
		l.entry(c, s, l.entries[i], vg.Point{X: x, Y: at.Y - (vg.Length(row)+0.5)*lineHeight}, l.widths[column].Points())
	}
}

// entry draws the entry of a series in a width. The name is shortened first.
func (l legend) entry(c draw.Canvas, s laid, entries []entry, at vg.Point, width float64) {
	s.sample(c, at)
	at.X += sampleWidth + partGap
	room := width - sampleWidth - partGap
	const least = 60
	entries = slices.Clone(entries)
	entries[0].text = shorten(entries[0].text, max(room-widthOf(entries)+measure(entries[0].text), least), measure)
	end := at.X + vg.Points(room)
	for i, e := range entries {
		if i > 0 {
			at.X += 3 * partGap
			c.DrawGlyphNoClip(s.glyph(e.kind), vg.Point{X: at.X - partGap - 1, Y: at.Y})
		}
		text := shorten(e.text, max((end-at.X).Points(), 0), measure)
		c.FillText(textStyle(fontSize), vg.Point{X: at.X, Y: at.Y + 1.5}, text) // in the middle of letters without ascenders
		at.X += vg.Points(measure(text)) + partGap
	}
}

// sample draws what a series looks like.
func (s laid) sample(c draw.Canvas, at vg.Point) {
	const half = 4
	switch s.Role {
	case Inner, Outer:
		for range 1 + Outer - s.Role { // the inner part of the band lies on the outer
			c.FillPolygon(s.faint(), []vg.Point{
				{X: at.X, Y: at.Y - half},
				{X: at.X + sampleWidth, Y: at.Y - half},
				{X: at.X + sampleWidth, Y: at.Y + half},
				{X: at.X, Y: at.Y + half},
			})
		}
	default:
		c.StrokeLine2(s.lineStyle(), at.X, at.Y, at.X+sampleWidth, at.Y)
	}
}
