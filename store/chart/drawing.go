package chart

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var grid = draw.LineStyle{Color: color.Gray{0xe4}, Width: vg.Points(0.5)}

// draw draws the series of a panel into its axes.
func (l layout) draw(c draw.Canvas) {
	for _, t := range l.y.ticks(7) {
		if t.label != "" {
			c.StrokeLine2(grid, c.Min.X, c.Y(t.at), c.Max.X, c.Y(t.at))
		}
	}
	for _, s := range l.series {
		for _, line := range s.lines {
			drawBand(c, line, hueOf(s.Style).faint())
		}
	}
	for _, s := range l.series {
		for _, line := range s.lines {
			drawLine(c, line, s)
		}
	}
	for _, s := range l.series {
		drawMarks(c, s)
	}
}

func drawBand(c draw.Canvas, line []Point, colour color.Color) {
	var edge, back []vg.Point
	wide := false
	for _, p := range line {
		wide = wide || p.High > p.Low
		edge = append(edge, vg.Point{X: c.X(p.X), Y: c.Y(p.High)})
	}
	if !wide {
		return
	}
	for i := len(line) - 1; i >= 0; i-- {
		back = append(back, vg.Point{X: c.X(line[i].X), Y: c.Y(line[i].Low)})
	}
	c.FillPolygon(colour, append(edge, back...))
}

func drawLine(c draw.Canvas, line []Point, s laid) {
	points := make([]vg.Point, len(line))
	for i, p := range line {
		points[i] = vg.Point{X: c.X(p.X), Y: c.Y(p.Y)}
	}
	if len(points) > 1 {
		c.StrokeLines(lineStyle(s.Style), points)
	}
	if s.Dots || len(points) == 1 {
		dot := draw.GlyphStyle{Color: hueOf(s.Style).rgb, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}
		for _, p := range points {
			c.DrawGlyphNoClip(dot, p)
		}
	}
}

func lineStyle(style int) draw.LineStyle {
	l := draw.LineStyle{Color: hueOf(style).rgb, Width: vg.Points(1.3)}
	for _, dash := range dashesOf(style) {
		l.Dashes = append(l.Dashes, vg.Points(dash))
	}
	return l
}

// drawMarks draws the marks. Of several marks of one kind that would cover each other, it draws
// one.
func drawMarks(c draw.Canvas, s laid) {
	const places = 150
	type place struct {
		kind   Kind
		across int
	}
	drawn := map[place]bool{}
	for _, m := range s.marks {
		at := place{m.Kind, int(m.X * places)}
		if m.Kind != Best && drawn[at] {
			continue
		}
		drawn[at] = true
		p := vg.Point{X: c.X(m.X), Y: c.Min.Y}
		switch m.Kind {
		case PosInf:
			p.Y = c.Max.Y
		case Best:
			p.Y = c.Y(m.Y)
		case Left:
			line := draw.LineStyle{Color: hueOf(s.Style).rgb, Width: vg.Points(1), Dashes: []vg.Length{2, 3}}
			c.StrokeLine2(line, p.X, c.Min.Y, p.X, c.Max.Y)
			continue
		}
		c.DrawGlyphNoClip(glyph(m.Kind, s.Style), p)
	}
}

// glyph returns the look of a mark.
func glyph(kind Kind, style int) draw.GlyphStyle {
	shapes := [kinds]draw.GlyphDrawer{
		NaN: draw.CrossGlyph{}, PosInf: draw.PyramidGlyph{}, NegInf: downward{true}, NotPositive: downward{false},
		Left: upright{}, Best: draw.RingGlyph{},
	}
	return draw.GlyphStyle{Color: hueOf(style).rgb, Radius: vg.Points(4), Shape: shapes[kind]}
}

// downward is a triangle that points down.
type downward struct{ filled bool }

// DrawGlyph implements draw.GlyphDrawer.
func (d downward) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	r := sty.Radius
	corners := []vg.Point{{X: at.X - r, Y: at.Y + r/2}, {X: at.X + r, Y: at.Y + r/2}, {X: at.X, Y: at.Y - r}}
	if d.filled {
		c.FillPolygon(sty.Color, corners)
		return
	}
	c.StrokeLines(draw.LineStyle{Color: sty.Color, Width: vg.Points(1)}, append(corners, corners[0]))
}

// upright is a piece of the vertical line of a Left.
type upright struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (upright) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	line := draw.LineStyle{Color: sty.Color, Width: vg.Points(1), Dashes: []vg.Length{2, 2}}
	c.StrokeLine2(line, at.X, at.Y-lineHeight/2, at.X, at.Y+lineHeight/2)
}

// heading draws the title and the legend, from the top of c down.
func (l layout) heading(c draw.Canvas, title string) {
	y := c.Max.Y - lineHeight
	c.FillText(textStyle(fontSize+2), vg.Point{X: c.Min.X, Y: y}, title)
	for _, s := range l.series {
		y -= lineHeight
		drawLegend(c, s, y)
	}
}

func drawLegend(c draw.Canvas, s laid, y vg.Length) {
	const sample, gap = 28, 6 // in points: the sample of a line, and the space between parts
	style := textStyle(fontSize)
	measure := func(text string) float64 { return style.Width(text).Points() }
	entries := s.legend()
	room := (c.Max.X - c.Min.X).Points() - sample - gap
	for _, e := range entries[1:] {
		room -= measure(e.text) + 4*gap
	}
	entries[0].text = shorten(entries[0].text, max(room, 60), measure)
	x, middle := c.Min.X, y-1.5 // for letters without ascenders
	c.StrokeLine2(lineStyle(s.Style), x, middle, x+sample, middle)
	x += sample + gap
	for i, e := range entries {
		if i > 0 {
			x += 3 * gap
			c.DrawGlyphNoClip(glyph(e.kind, s.Style), vg.Point{X: x - gap - 1, Y: middle})
		}
		text := shorten(e.text, max((c.Max.X-x).Points(), 0), measure)
		c.FillText(style, vg.Point{X: x, Y: y}, text)
		x += vg.Points(measure(text)) + gap
	}
}
