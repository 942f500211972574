package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Measures of axes.
const (
	tickLength = 5 * vg.Length(1)
	nameGap    = 6 * vg.Length(1) // between the name of the Y axis and its labels
	dataGap    = 4 * vg.Length(1) // between an axis and the data, so that no data covers the axis
	axisWidth  = vg.Length(1) / 2
)

var axisLine = draw.LineStyle{Color: color.Black, Width: axisWidth}

// axes are the axes of a panel in a picture. Those of gonum.org/v1/plot would bring twelve fonts
// into the program, and formats of pictures that nobody asks for.
type axes struct{ x, y ruler }

// ruler is one axis: its name, and ticks with labels.
type ruler struct {
	name  string
	named draw.TextStyle
	ticks []tick
	label draw.TextStyle
}

func (l layout) axes(xName, yName string) axes {
	a := axes{ruler{name: xName, ticks: l.x.ticks(10)}, ruler{name: yName, ticks: l.y.ticks(7)}}
	for _, r := range []*ruler{&a.x, &a.y} {
		r.named, r.label = textStyle(fontSize), textStyle(fontSize-1)
		r.named.XAlign, r.named.YAlign = draw.XCenter, draw.YBottom
	}
	a.x.label.XAlign, a.x.label.YAlign = draw.XCenter, draw.YTop
	a.y.label.XAlign, a.y.named.Rotation = draw.XRight, math.Pi/2
	return a
}

// data returns the part of c for the data. The labels fit into c.
func (a axes) data(c draw.Canvas) draw.Canvas {
	c = draw.Crop(c, a.y.width(), 0, a.x.height(), 0)
	c.Max = vg.Point{X: a.x.end(c.Min.X, c.Max.X, a.x.label.Width), Y: a.y.end(c.Min.Y, c.Max.Y, a.y.label.Height)}
	return c
}

// end returns the end of an axis from low on: half of a name or label, whose length measure
// returns, may follow its place, but not beyond high.
func (r ruler) end(low, high vg.Length, measure func(string) vg.Length) vg.Length {
	at, half, edge := vg.Length(1), vg.Length(0), high
	fit := func(place, length vg.Length) {
		if e := low + place*(high-low) + length/2; e > edge && place > 0 {
			at, half, edge = place, length/2, e
		}
	}
	fit(0.5, r.named.Width(r.name))
	for _, t := range r.ticks {
		if t.label != "" {
			fit(vg.Length(t.at), measure(t.label))
		}
	}
	return low + (high-half-low)/at
}

// height returns the height of the axis below the data.
func (r ruler) height() vg.Length {
	h := axisWidth/2 + dataGap
	if r.name != "" {
		h += r.named.Height(r.name)
	}
	if len(r.ticks) > 0 {
		h += tickLength + r.labelled(r.label.Height)
	}
	return h
}

// width returns the width of the axis at the left of the data.
func (r ruler) width() vg.Length {
	w := axisWidth/2 + dataGap
	if r.name != "" {
		w += r.named.FontExtents().Descent + r.named.Height(r.name) + nameGap
	}
	if len(r.ticks) > 0 {
		w += tickLength + r.labelled(r.label.Width) + r.named.Width(" ") // more than space by a third of a point
	}
	return w
}

// labelled returns the most of a measure of the labels.
func (r ruler) labelled(measure func(string) vg.Length) (most vg.Length) {
	for _, t := range r.ticks {
		if t.label != "" {
			most = max(most, measure(t.label))
		}
	}
	return most
}

// space returns the space between the labels and the ticks of the Y axis.
func (r ruler) space() vg.Length { return r.label.Width(" ") }

// drawX draws the axis from left to right along the bottom of c, below data.
func (r ruler) drawX(c, data draw.Canvas) {
	y := c.Min.Y
	if r.name != "" {
		c.FillText(r.named, vg.Point{X: data.X(0.5), Y: y + r.named.FontExtents().Descent}, r.name)
		y += r.named.Height(r.name)
	}
	if len(r.ticks) > 0 {
		y += r.labelled(r.label.Height)
		for _, t := range r.ticks {
			x := data.X(t.at)
			if t.label != "" {
				c.FillText(r.label, vg.Point{X: x, Y: y + r.label.FontExtents().Descent}, t.label)
			}
			c.StrokeLine2(axisLine, x, y+t.start(), x, y+tickLength)
		}
		y += tickLength
	} else {
		y += axisWidth / 2
	}
	c.StrokeLine2(axisLine, data.Min.X, y, data.Max.X, y)
}

// drawY draws the axis from the bottom to the top along the left of c, beside data.
func (r ruler) drawY(c, data draw.Canvas) {
	x := c.Min.X
	if r.name != "" {
		x += r.named.Height(r.name)
		descent := r.named.FontExtents().Descent
		c.FillText(r.named, vg.Point{X: x - descent, Y: data.Y(0.5)}, r.name)
		x += descent + nameGap
	}
	if len(r.ticks) > 0 {
		x += r.labelled(r.label.Width)
		for _, t := range r.ticks {
			y := data.Y(t.at)
			if t.label != "" {
				c.FillText(r.label, vg.Point{X: x, Y: y + r.label.FontExtents().Descent}, t.label)
			}
			c.StrokeLine2(axisLine, x+r.space()+t.start(), y, x+r.space()+tickLength, y)
		}
		x += r.space() + tickLength
	}
	c.StrokeLine2(axisLine, x, data.Min.Y, x, data.Max.Y)
}

// start returns where a tick begins: a minor one is half as long.
func (t tick) start() vg.Length {
	if t.label == "" {
		return tickLength / 2
	}
	return 0
}
