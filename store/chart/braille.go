package chart

import (
	"math"
	"math/bits"
)

// braille is a canvas of braille dots, two across and four down in each cell. A cell belongs to one
// series, that of its last dot, and may show a character instead of dots.
type braille struct {
	width, height int // in cells
	dots          []byte
	series        []int
	char          []rune // instead of the dots
	behind        []rune // if there are neither
}

func newBraille(width, height int) *braille {
	n := width * height
	b := &braille{width, height, make([]byte, n), make([]int, n), make([]rune, n), make([]rune, n)}
	for i := range b.series {
		b.series[i] = -1
	}
	return b
}

// place returns the dot of a point in units, counted from the left and the top. The dot of a point
// outside the canvas is at its edge.
func (b *braille) place(x, y float64) (column, row int) {
	return nearest(x, 2*b.width), nearest(1-y, 4*b.height)
}

// nearest returns the one of n dots that is nearest to a place in units.
func nearest(at float64, n int) int {
	if math.IsNaN(at) {
		at = 0
	}
	return int(math.Round(min(max(at, 0), 1) * float64(n-1)))
}

// set sets a dot.
func (b *braille) set(column, row, series int) {
	if column < 0 || row < 0 || column >= 2*b.width || row >= 4*b.height {
		return
	}
	bit := [4][2]byte{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}[row%4][column%2]
	cell := row/4*b.width + column/2
	b.dots[cell] |= bit
	b.series[cell] = series
}

// line sets the dots from one dot to another (Bresenham).
func (b *braille) line(x0, y0, x1, y1, series int) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	sx, sy := sign(x1-x0), sign(y1-y0)
	for slope := dx + dy; ; {
		b.set(x0, y0, series)
		if x0 == x1 && y0 == y1 {
			return
		}
		twice := 2 * slope
		if twice >= dy {
			slope, x0 = slope+dy, x0+sx
		}
		if twice <= dx {
			slope, y0 = slope+dx, y0+sy
		}
	}
}

// lines draws lines through points in units.
func (b *braille) lines(lines [][]Point, series int) {
	for _, line := range lines {
		x, y := b.place(line[0].X, line[0].Y)
		for _, p := range line {
			toX, toY := b.place(p.X, p.Y)
			b.line(x, y, toX, toY, series)
			x, y = toX, toY
		}
	}
}

// crosses reports whether a line goes through a cell, and not only touches a corner of it.
func (b *braille) crosses(cell int) bool {
	if b.dots[cell] == 0 {
		return false
	}
	most := 0
	for row := range b.height {
		most = max(most, bits.OnesCount8(b.dots[row*b.width+cell%b.width]))
	}
	return bits.OnesCount8(b.dots[cell]) > 1 || most == 1
}

// put puts a character over the cell of a point in units. A character already in the cell stays,
// unless it is part of a vertical line.
func (b *braille) put(x, y float64, char rune, series int) {
	column, row := b.place(x, y)
	cell := row/4*b.width + column/2
	if b.char[cell] == 0 || b.char[cell] == symbols[Left] {
		b.char[cell], b.series[cell] = char, series
	}
}

// cell returns the character of a cell and its series; -1 for none.
func (b *braille) cell(column, row int) (rune, int) {
	i := row*b.width + column
	switch {
	case b.char[i] != 0:
		return b.char[i], b.series[i]
	case b.dots[i] != 0:
		return 0x2800 + rune(b.dots[i]), b.series[i]
	case b.behind[i] != 0:
		return b.behind[i], b.series[i]
	}
	return ' ', -1
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
