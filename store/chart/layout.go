package chart

import "math"

// layout is a panel in units: 0 to 1 from left to right and from bottom to top.
type layout struct {
	x, y   scale
	series []laid
}

// laid is a series after layout. It has the marks of the series and those added by the scale.
type laid struct {
	Series
	lines [][]Point // stretches without interruption, in units
	marks []Mark    // in units
}

// layOut lays out the panels of a chart. Lines have no more points than so many columns can show.
func layOut(c Chart, columns int) []layout {
	var all span
	for _, p := range c.Panels {
		for _, s := range p.Series {
			for _, point := range s.Points {
				if drawable(c.X, point.X) {
					all.include(point.X)
				}
			}
			for _, m := range s.Marks {
				if drawable(c.X, m.X) {
					all.include(m.X)
				}
			}
		}
	}
	if !c.X.Log && all.low > 0 && all.low < all.high/50 {
		all.low = 0 // because the first point is the mean of a window
	}
	x := newScale(all, c.X.Log, 0)
	layouts := make([]layout, len(c.Panels))
	for i, p := range c.Panels {
		l := layout{x: x, y: newScale(p.span(), p.Y.Log, 0.04)}
		for _, s := range p.Series {
			l.series = append(l.series, l.lay(s, columns))
		}
		layouts[i] = l
	}
	return layouts
}

// span returns the range of the Y axis: all of each line and of quantiles, and all of a line's band
// except parts that would leave a logarithmic axis mostly empty.
func (p Panel) span() span {
	var lines, bands span
	for _, s := range p.Series {
		for _, point := range s.Points {
			if !drawable(p.Y, point.Y) {
				continue
			}
			lines.include(point.Y)
			for _, edge := range []float64{point.Low, point.High} {
				if drawable(p.Y, edge) {
					bands.include(edge)
				}
				if s.Role.isBand() && drawable(p.Y, edge) {
					lines.include(edge)
				}
			}
		}
	}
	if bands.any {
		low := bands.low
		if p.Y.Log {
			low = max(low, lines.low/2)
		}
		lines.include(low)
		lines.include(bands.high)
	}
	return lines
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// drawable reports whether a value has a place on an axis.
func drawable(a Axis, v float64) bool { return finite(v) && (!a.Log || v > 0) }

func (l layout) lay(s Series, columns int) laid {
	out := laid{Series: s}
	for _, m := range s.Marks {
		m.X = l.x.within(m.X)
		if m.Kind == Best {
			m.Y = l.y.within(m.Y)
		}
		out.marks = append(out.marks, m)
	}
	var line []Point
	for _, p := range s.Points {
		visible := drawable(Axis{Log: l.y.log}, p.Y) && drawable(Axis{Log: l.x.log}, p.X)
		if visible {
			line = append(line, Point{l.x.within(p.X), l.y.within(p.Y), l.y.within(p.Low), l.y.within(p.High)})
			continue
		}
		if line != nil {
			out.lines, line = append(out.lines, thin(line, columns)), nil
		}
		if finite(p.Y) && p.Y <= 0 && finite(p.X) {
			out.marks = append(out.marks, Mark{Kind: NotPositive, X: l.x.within(p.X), Rows: 1})
		}
	}
	if line != nil {
		out.lines = append(out.lines, thin(line, columns))
	}
	return out
}
