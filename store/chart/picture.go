package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Formats are the formats of pictures.
var Formats = []string{"svg", "png", "pdf"}

// Picture says how to draw a chart as a picture. The zero Picture is an SVG ten inches wide.
type Picture struct {
	Format string  // one of Formats
	Width  float64 // in inches; the height follows from the content
	DPI    int     // dots per inch of a PNG; default 160
	Dark   bool    // for a dark page: light letters and axes, and no background
}

// Measures of a picture.
const (
	margin      = 10 * vg.Length(1)
	panelHeight = 0.3 // of the width of the picture: a panel without its legend
	fontSize    = 11
	lineHeight  = 15 * vg.Length(1)
)

// WritePicture draws a chart as a picture. If drawing fails, it writes nothing.
func WritePicture(w io.Writer, c Chart, p Picture) (err error) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case string: // from vgpdf, which creates its fonts in the temporary directory
			err = fmt.Errorf("draw %s: %s; set TMPDIR to a writable directory", p.Format, failure)
		default:
			panic(failure)
		}
	}()
	if p.Width == 0 {
		p.Width = 10
	}
	if p.DPI == 0 {
		p.DPI = 160
	}
	width := vg.Length(p.Width) * vg.Inch
	height := 2 * margin
	for _, panel := range c.Panels {
		height += panel.heading() + panelHeight*width
	}
	canvas, err := p.canvas(width, height)
	if err != nil {
		return err
	}
	if p.Dark {
		canvas = darkCanvas{canvas}
	}
	inner := draw.Crop(draw.New(canvas), margin, -2*margin, margin, -margin)
	drawPanels(inner, p.spelled(c), panelHeight*width)
	var whole bytes.Buffer
	if _, err := canvas.WriteTo(&whole); err != nil {
		return fmt.Errorf("draw %s: %w", p.Format, err)
	}
	picture := whole.Bytes()
	if p.Format != "png" && p.Format != "pdf" {
		picture = withOtherFonts(picture)
	}
	_, err = w.Write(picture)
	return err
}

func (p Picture) canvas(width, height vg.Length) (vg.CanvasWriterTo, error) {
	switch p.Format {
	case "", "svg":
		return vgsvg.New(width, height), nil
	case "png":
		background := color.Color(color.White)
		if p.Dark {
			background = color.Transparent
		}
		return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(p.DPI), vgimg.UseBackgroundColor(background))}, nil
	case "pdf":
		return pdfCanvas{vgpdf.New(width, height)}, nil
	}
	return nil, fmt.Errorf("unknown picture format %q", p.Format)
}

// withOtherFonts adds fonts of the same width to an SVG, for viewers without its font.
func withOtherFonts(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arimo,Helvetica,Arial,sans-serif"))
}

// heading returns the height of the title and legend above a panel's axes.
func (p Panel) heading() vg.Length {
	return lineHeight * vg.Length(len(p.Series)+2)
}

// drawPanels draws panels of a height from the top down, with their Y axes aligned.
func drawPanels(c draw.Canvas, chart Chart, height vg.Length) {
	layouts := layOut(chart)
	around := make([]axes, len(layouts))
	left := make([]vg.Length, len(layouts))
	for i, l := range layouts {
		around[i] = l.axes(chart.X.Label, chart.Panels[i].Y.Label)
		left[i] = around[i].y.width()
	}
	top := c.Max.Y
	for i, l := range layouts {
		area := c
		area.Max.Y = top
		top -= chart.Panels[i].heading() + height
		area.Min.Y = top
		area.Min.X += slices.Max(left) - left[i]
		legend := area
		legend.Min.X = c.Min.X + slices.Max(left)
		l.heading(legend, chart.Panels[i].Title)
		area.Max.Y -= chart.Panels[i].heading()
		data := around[i].data(area)
		around[i].x.drawX(area, data)
		around[i].y.drawY(area, data)
		l.draw(data)
	}
}
