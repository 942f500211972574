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
			drawBand(c, line, s.faint())
		}
	}
	for _, s := range l.series {
		if s.Role.isBand() {
			continue
		}
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
		c.StrokeLines(s.lineStyle(), points)
	}
	if s.Dots || len(points) == 1 {
		dot := draw.GlyphStyle{Color: s.hue().rgb, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}
		for _, p := range points {
			c.DrawGlyphNoClip(dot, p)
		}
	}
}

func (s Series) lineStyle() draw.LineStyle {
	l := draw.LineStyle{Color: s.hue().rgb, Width: vg.Points(1.3)}
	for _, dash := range s.dashes() {
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
			line := draw.LineStyle{Color: s.hue().rgb, Width: vg.Points(1), Dashes: []vg.Length{2, 3}}
			c.StrokeLine2(line, p.X, c.Min.Y, p.X, c.Max.Y)
			continue
		}
		c.DrawGlyphNoClip(s.glyph(m.Kind), p)
	}
}

// glyph returns the look of a mark.
func (s Series) glyph(kind Kind) draw.GlyphStyle {
	shapes := [kinds]draw.GlyphDrawer{
		NaN: draw.CrossGlyph{}, PosInf: draw.PyramidGlyph{}, NegInf: downward{true}, NotPositive: downward{false},
		Left: upright{}, Best: draw.RingGlyph{},
	}
	return draw.GlyphStyle{Color: s.hue().rgb, Radius: vg.Points(4), Shape: shapes[kind]}
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
