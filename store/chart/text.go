package chart

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Text says how to draw a chart with characters. The zero Text is 80 by 24, without colour.
type Text struct {
	Width  int // in cells; at least 40
	Height int // in lines, of the whole chart; raised if panels would be too low to read
	Colour bool
}

const minWidth = 40

// symbols are the characters for marks. A terminal's font has them all.
var symbols = [kinds]rune{NaN: 'x', PosInf: '^', NegInf: 'v', NotPositive: '_', Left: '┆', Best: '*'}

// WriteText draws a chart with braille characters. Without colour, it draws several lines with
// letters, one for each, because braille dots do not tell which line they belong to.
func WriteText(w io.Writer, c Chart, t Text) error {
	if t.Width == 0 {
		t.Width = 80
	}
	if t.Height == 0 {
		t.Height = 24
	}
	t.Width = max(t.Width, minWidth)
	layouts := layOut(c, 8*t.Width) // four for each column of dots
	legends := make([]textLegend, len(layouts))
	for i, l := range layouts {
		legends[i] = l.textLegend(t.Width)
	}
	height := t.panelHeight(legends)
	gutter := 1
	for _, l := range layouts {
		for _, tick := range l.y.ticks(height * 2 / 3) {
			gutter = max(gutter, cells(tick.label))
		}
	}
	out := bufio.NewWriter(w)
	for i, p := range c.Panels {
		d := textPanel{out, t, gutter, layouts[i], newBraille(t.Width-gutter-1, height)}
		d.heading(p, c.X)
		d.legend(legends[i])
		d.draw()
		d.rows()
		d.bottom(i == len(c.Panels)-1)
	}
	return out.Flush()
}

// panelHeight returns how many lines of a panel lie between its legend and its X axis: no fewer than
// the longest legend has, if the chart does not fit the screen.
func (t Text) panelHeight(legends []textLegend) int {
	const braille, letters, readable = 3, 6, 6
	least, longest := braille, 0
	fixed := 1 // the labels of the X axis
	for _, l := range legends {
		fixed += 2 + l.rows // the title and the axis
		longest = max(longest, l.rows)
		if l.lettered > 0 && !t.Colour {
			least = letters
		}
	}
	if height := (t.Height - fixed) / max(1, len(legends)); height >= least {
		return height
	}
	return max(readable, longest)
}

// textPanel draws one panel.
type textPanel struct {
	*bufio.Writer
	Text
	gutter int // cells to the left of the Y axis
	layout
	canvas *braille
}

func (d textPanel) heading(p Panel, x Axis) {
	title := strings.TrimPrefix(p.Title+": "+p.Y.describe()+" by "+x.describe(), ": ")
	fmt.Fprintln(d, shorten(title, d.Width, cells))
}

func (a Axis) describe() string {
	if a.Log {
		return a.Label + " (logarithmic)"
	}
	return a.Label
}

func (d textPanel) draw() {
	lettered := len(d.letters()) > 0 && !d.Colour
	for i, s := range slices.Backward(d.series) { // the inner part of a band lies on the outer
		if s.Role.isBand() {
			d.shade(s, i)
		} else {
			d.band(s, i)
		}
	}
	lines := map[int]*braille{} // of each series with a letter
	for i, s := range d.series {
		if s.Role.isBand() {
			continue
		}
		canvas := d.canvas
		if lettered && s.Role == Single {
			canvas = newBraille(canvas.width, canvas.height)
			lines[i] = canvas
		}
		canvas.lines(s.lines, i)
	}
	for i, s := range d.series {
		for _, m := range s.marks {
			d.mark(m, i)
		}
	}
	if lettered {
		d.weave(lines)
		return
	}
	for n, i := range d.letters() {
		d.putLetters(d.series[i], i, n)
	}
}

// weave puts the letters of series where their own canvas has a line. Where lines share a cell, their
// letters take turns. A mark in the cell stays.
func (d textPanel) weave(lines map[int]*braille) {
	for cell, char := range d.canvas.char {
		var there []int
		for _, i := range d.letters() {
			if lines[i].crosses(cell) {
				there = append(there, i)
			}
		}
		if len(there) > 0 && (char == 0 || char == symbols[Left]) {
			i := there[cell%d.canvas.width%len(there)]
			d.canvas.char[cell], d.canvas.series[cell] = d.series[i].letter(), i
		}
	}
}

// shade fills the cells between the edges of a band.
func (d textPanel) shade(s laid, i int) {
	for column := range d.canvas.width {
		low, high, ok := s.edges((float64(column) + 0.5) / float64(d.canvas.width))
		if !ok {
			continue
		}
		_, top := d.canvas.place(0, high)
		_, bottom := d.canvas.place(0, low)
		for row := top / 4; row <= bottom/4; row++ {
			cell := row*d.canvas.width + column
			d.canvas.behind[cell], d.canvas.series[cell] = s.shade(), i
		}
	}
}

// edges returns the edges of the band at x, in units.
func (s laid) edges(x float64) (low, high float64, ok bool) {
	for _, line := range s.lines {
		for i, p := range line {
			if p.X < x && i+1 < len(line) {
				continue
			}
			if i == 0 || p.X < x {
				if p.X == x || len(line) == 1 && max(p.X-x, x-p.X) < 0.01 {
					return p.Low, p.High, true
				}
				break
			}
			before := line[i-1]
			part := (x - before.X) / (p.X - before.X)
			return before.Low*(1-part) + p.Low*part, before.High*(1-part) + p.High*part, true
		}
	}
	return 0, 0, false
}

// band draws the edges of a band with spaced dots.
func (d textPanel) band(s laid, series int) {
	for _, line := range s.lines {
		for _, p := range line {
			for _, edge := range []float64{p.Low, p.High} {
				column, row := d.canvas.place(p.X, edge)
				if column%3 == 0 && edge != p.Y {
					d.canvas.set(column, row, series)
				}
			}
		}
	}
}

// putLetters puts the letter of a series into its line, at places without other letters. It is the
// n-th letter.
func (d textPanel) putLetters(s laid, i, n int) {
	const places = 3
	for place := range places {
		at := (float64(place) + (float64(n)+0.5)/float64(len(d.letters()))) / places
		if p, ok := s.nearest(at); ok {
			d.canvas.put(p.X, p.Y, s.letter(), i)
		}
	}
}

// nearest returns the point of a series that is nearest to x, in units.
func (s laid) nearest(x float64) (nearest Point, ok bool) {
	for _, line := range s.lines {
		for _, p := range line {
			if !ok || max(p.X-x, x-p.X) < max(nearest.X-x, x-nearest.X) {
				nearest, ok = p, true
			}
		}
	}
	return nearest, ok
}

func (d textPanel) mark(m Mark, series int) {
	switch m.Kind {
	case PosInf:
		d.canvas.put(m.X, 1, symbols[m.Kind], series)
	case Best:
		d.canvas.put(m.X, m.Y, symbols[m.Kind], series)
	case Left:
		for row := range d.canvas.height {
			column, _ := d.canvas.place(m.X, 0)
			if cell := row*d.canvas.width + column/2; d.canvas.dots[cell] == 0 {
				d.canvas.put(m.X, 1-(float64(row)+0.5)/float64(d.canvas.height), symbols[m.Kind], series)
			}
		}
	default:
		d.canvas.put(m.X, 0, symbols[m.Kind], series)
	}
}

// rows writes the canvas with the Y axis to its left.
func (d textPanel) rows() {
	labels := make([]string, d.canvas.height)
	for _, t := range d.y.ticks(d.canvas.height * 2 / 3) {
		if _, row := d.canvas.place(0, t.at); t.label != "" && row >= 0 && row/4 < len(labels) {
			labels[row/4] = t.label
		}
	}
	for row, label := range labels {
		axis := "│"
		if label != "" {
			axis = "┤"
		}
		fmt.Fprintf(d, "%*s%s", d.gutter, label, axis)
		var line []rune
		series := -1
		for column := range d.canvas.width {
			char, next := d.canvas.cell(column, row)
			if next != series && char != ' ' {
				d.colouredRun(line, series)
				line, series = nil, next
			}
			line = append(line, char)
		}
		d.colouredRun([]rune(strings.TrimRight(string(line), " ")), series)
		fmt.Fprintln(d)
	}
}

// colouredRun writes characters in the colour of a series; -1 for none.
func (d textPanel) colouredRun(line []rune, series int) {
	if series < 0 {
		d.WriteString(string(line))
		return
	}
	d.coloured(string(line), d.series[series])
}

// bottom writes the X axis and, if labelled, its labels. No two labels touch.
func (d textPanel) bottom(labelled bool) {
	var axis, labels []rune
	for most := d.canvas.width / 6; ; most-- {
		var fits bool
		if axis, labels, fits = d.axis(d.x.ticks(most)); fits || most <= 2 {
			break
		}
	}
	fmt.Fprintf(d, "%*s└%s\n", d.gutter, "", string(axis))
	if !labelled {
		return
	}
	fmt.Fprintf(d, "%*s%s\n", d.gutter, "", strings.TrimRight(string(labels), " "))
}

// axis returns the two lines below the canvas: the axis without its corner, and the labels with the
// cell below the corner.
func (d textPanel) axis(ticks []tick) (axis, labels []rune, fits bool) {
	axis = []rune(strings.Repeat("─", d.canvas.width))
	labels = []rune(strings.Repeat(" ", d.canvas.width+1))
	free := 0
	for _, t := range ticks {
		if t.label == "" {
			continue
		}
		column, _ := d.canvas.place(t.at, 0)
		column = min(max(column/2, 0), d.canvas.width-1)
		axis[column] = '┬'
		label := []rune(t.label)
		from := min(max(column+1-len(label)/2, 0), len(labels)-len(label))
		if from < free {
			return axis, labels, false
		}
		copy(labels[from:], label)
		free = from + len(label) + 2
	}
	return axis, labels, true
}

// coloured writes a text in the colour of a series.
func (d textPanel) coloured(text string, s laid) {
	if d.Colour && s.hue().terminal >= 0 {
		text = fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", s.hue().terminal, text)
	}
	d.WriteString(text)
}
