package chart

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// darkCanvas is a canvas for a dark page: it makes black and grey light, and leaves colours alone.
type darkCanvas struct{ vg.CanvasWriterTo }

// SetColor implements vg.Canvas.
func (c darkCanvas) SetColor(colour color.Color) {
	if colour == nil {
		colour = color.Black
	}
	c.CanvasWriterTo.SetColor(onDark(color.NRGBAModel.Convert(colour).(color.NRGBA)))
}

// onDark turns black into a light grey, and the light grey of the grid into a dark one.
func onDark(c color.NRGBA) color.NRGBA {
	const ink, faint = 0xe6, 0x40
	if c.R != c.G || c.G != c.B {
		return c
	}
	v := max(ink-int(c.R)*(ink-faint)/int(grid.Color.(color.Gray).Y), 0)
	return color.NRGBA{uint8(v), uint8(v), uint8(v), c.A}
}
