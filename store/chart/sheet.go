package chart

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sheet is the arrangement of a picture: panels one above the other, with their Y axes aligned. Each
// has its title above and its legend below.
type sheet struct {
	chart   Chart
	layouts []layout
	axes    []axes
	legends []legend
	left    vg.Length // of the data: the width of the widest Y axis
	panel   vg.Length // height of the axes of a panel
}

// Spaces in a sheet.
const (
	legendGap = 6 * vg.Length(1)  // between axes and legend
	panelGap  = 16 * vg.Length(1) // between panels
)

// newSheet arranges a chart in a width, with panels of a height. Viewers may use a font for legends that
// is wider than that of pictures.
func newSheet(c Chart, width, panel vg.Length, wide float64) sheet {
	s := sheet{chart: c, layouts: layOut(c, int(width)), panel: panel}
	for i, l := range s.layouts {
		a := l.axes(c.X.Label, c.Panels[i].Y.Label)
		s.axes = append(s.axes, a)
		s.left = max(s.left, a.y.width())
	}
	most := int(panel / lineHeight)
	for _, l := range s.layouts {
		s.legends = append(s.legends, l.legend(width-s.left, most, wide))
	}
	return s
}

// height returns the height of all panels.
func (s sheet) height() (h vg.Length) {
	for _, l := range s.legends {
		h += titleHeight + s.panel + legendGap + l.height() + panelGap
	}
	return h - panelGap
}

// draw draws the panels from the top down.
func (s sheet) draw(c draw.Canvas) {
	top := c.Max.Y
	for i, l := range s.layouts {
		c.FillText(textStyle(fontSize+2), vg.Point{X: c.Min.X + s.left, Y: top - lineHeight/2}, s.chart.Panels[i].Title)
		area := c
		area.Max.Y = top - titleHeight
		area.Min.Y = area.Max.Y - s.panel
		area.Min.X += s.left - s.axes[i].y.width()
		data := s.axes[i].data(area)
		s.axes[i].x.drawX(area, data)
		s.axes[i].y.drawY(area, data)
		l.draw(data)
		top = area.Min.Y - legendGap
		s.legends[i].draw(c, vg.Point{X: c.Min.X + s.left, Y: top})
		top -= s.legends[i].height() + panelGap
	}
}
