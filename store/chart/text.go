package chart

import (
	"bufio"
	"fmt"
	"io"
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

// WriteText draws a chart with braille characters.
func WriteText(w io.Writer, c Chart, t Text) error {
	if t.Width == 0 {
		t.Width = 80
	}
	if t.Height == 0 {
		t.Height = 24
	}
	t.Width = max(t.Width, minWidth)
	layouts := layOut(c)
	height := t.panelHeight(c)
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
		d.legend()
		d.draw()
		d.rows()
		d.bottom(i == len(c.Panels)-1)
	}
	return out.Flush()
}

// panelHeight returns how many lines of a panel lie between its legend and its X axis.
func (t Text) panelHeight(c Chart) int {
	const least, readable = 3, 6
	fixed := 1 // the labels of the X axis
	for _, p := range c.Panels {
		fixed += 2 + len(p.Series) // the title and the axis
	}
	if height := (t.Height - fixed) / max(1, len(c.Panels)); height >= least {
		return height
	}
	return readable
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

// legend writes the name of each series. If there are several, it adds the letter that identifies
// each without colour.
func (d textPanel) legend() {
	for i, s := range d.series {
		entries := s.legend()
		var rest string
		for _, e := range entries[1:] {
			rest += fmt.Sprintf("  %c %s", symbols[e.kind], e.text)
		}
		head := "⠒⠒ "
		if len(d.series) > 1 {
			head = "⠒" + string(letter(i)) + "⠒ "
		}
		const shortest = 12
		room := d.Width - cells(head)
		name := shorten(entries[0].text, max(room-cells(rest), shortest), cells)
		d.coloured(head, s.Style)
		fmt.Fprintln(d, name+shorten(rest, room-cells(name), cells))
	}
}

func letter(series int) rune { return rune('a' + series%26) }

func (d textPanel) draw() {
	for _, s := range d.series {
		d.band(s)
	}
	for _, s := range d.series {
		for _, line := range s.lines {
			x, y := d.canvas.place(line[0].X, line[0].Y)
			for _, p := range line {
				toX, toY := d.canvas.place(p.X, p.Y)
				d.canvas.line(x, y, toX, toY, s.Style)
				x, y = toX, toY
			}
		}
	}
	for i, s := range d.series {
		if len(d.series) > 1 {
			d.letters(s, i)
		}
		for _, m := range s.marks {
			d.mark(m, s.Style)
		}
	}
}

// band draws the edges of a band with spaced dots.
func (d textPanel) band(s laid) {
	for _, line := range s.lines {
		for _, p := range line {
			for _, edge := range []float64{p.Low, p.High} {
				column, row := d.canvas.place(p.X, edge)
				if column%3 == 0 && edge != p.Y {
					d.canvas.set(column, row, s.Style)
				}
			}
		}
	}
}

// letters puts the letter of a series into its line, at places without other letters.
func (d textPanel) letters(s laid, i int) {
	const places = 3
	n := len(d.series)
	for place := range places {
		at := (float64(place) + (float64(i)+0.5)/float64(n)) / places
		if p, ok := s.nearest(at); ok {
			d.canvas.put(p.X, p.Y, letter(i), s.Style)
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

func (d textPanel) mark(m Mark, style int) {
	switch m.Kind {
	case PosInf:
		d.canvas.put(m.X, 1, symbols[m.Kind], style)
	case Best:
		d.canvas.put(m.X, m.Y, symbols[m.Kind], style)
	case Left:
		for row := range d.canvas.height {
			column, _ := d.canvas.place(m.X, 0)
			if cell := row*d.canvas.width + column/2; d.canvas.dots[cell] == 0 {
				d.canvas.put(m.X, 1-(float64(row)+0.5)/float64(d.canvas.height), symbols[m.Kind], style)
			}
		}
	default:
		d.canvas.put(m.X, 0, symbols[m.Kind], style)
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
		style := -1
		for column := range d.canvas.width {
			char, next := d.canvas.cell(column, row)
			if next != style && char != ' ' {
				d.coloured(string(line), style)
				line, style = nil, next
			}
			line = append(line, char)
		}
		d.coloured(strings.TrimRight(string(line), " "), style)
		fmt.Fprintln(d)
	}
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

// coloured writes a text in the colour of a style; style -1 has none.
func (d textPanel) coloured(text string, style int) {
	if d.Colour && style >= 0 && hueOf(style).terminal >= 0 {
		text = fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", hueOf(style).terminal, text)
	}
	d.WriteString(text)
}
