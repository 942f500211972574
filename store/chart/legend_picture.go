package chart

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is the legend of a panel in a picture, in columns.
type legend struct {
	series  []laid
	entries [][]entry   // of each series
	rows    int         // in each column but the last
	widths  []vg.Length // of the columns
	wide    float64     // how much wider than in the font of pictures a text may be
}

// Measures of an entry in a legend, in points.
const (
	sampleWidth = 28
	partGap     = 6 // between its parts
	glyphWidth  = 4 * partGap
	columnGap   = 18
)

// legend arranges the legend in a width, in at most so many rows if names can be shortened to that.
func (l layout) legend(width vg.Length, most int, wide float64) legend {
	out := legend{series: l.series, wide: wide}
	natural := make([]float64, len(l.series))
	for i, s := range l.series {
		out.entries = append(out.entries, s.legend())
		natural[i] = sampleWidth + partGap + out.widthOf(out.entries[i])
	}
	rows, widths := inColumns(natural, columnGap, width.Points(), most)
	out.rows = rows
	for _, w := range widths {
		out.widths = append(out.widths, vg.Points(w))
	}
	return out
}

// widthOf returns the width of the texts of a legend and of the glyphs between them.
func (l legend) widthOf(entries []entry) float64 {
	w := glyphWidth * float64(len(entries)-1)
	for _, e := range entries {
		w += l.measure(e.text)
	}
	return w
}

// measure returns the width that a text of the legend may have.
func (l legend) measure(text string) float64 { return l.wide * measure(text) }

// measure returns the width of a text of a legend in the font of pictures.
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

// entry draws the entry of a series in a width.
func (l legend) entry(c draw.Canvas, s laid, entries []entry, at vg.Point, width float64) {
	s.sample(c, at)
	at.X += sampleWidth + partGap
	room := width - sampleWidth - partGap - glyphWidth*float64(len(entries)-1)
	for i, e := range fit(entries, room, l.measure) {
		if i > 0 {
			c.DrawGlyphNoClip(s.glyph(e.kind), vg.Point{X: at.X + glyphWidth - partGap - 5, Y: at.Y})
			at.X += glyphWidth
		}
		c.FillText(textStyle(fontSize), vg.Point{X: at.X, Y: at.Y + 1.5}, e.text) // in the middle of letters without ascenders
		at.X += vg.Points(l.measure(e.text))
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
