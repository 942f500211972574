package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"io"

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
	panelHeight = 0.3 // of the width of the picture: the axes of a panel
	fontSize    = 11
	lineHeight  = 14 * vg.Length(1)
	titleHeight = 22 * vg.Length(1)
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
	s := newSheet(p.spelled(c), width-2*margin, panelHeight*width, p.wide())
	canvas, err := p.canvas(width, s.height()+2*margin)
	if err != nil {
		return err
	}
	if p.Dark {
		canvas = darkCanvas{canvas}
	}
	s.draw(draw.Crop(draw.New(canvas), margin, -margin, margin, -margin))
	var whole bytes.Buffer
	if _, err := canvas.WriteTo(&whole); err != nil {
		return fmt.Errorf("draw %s: %w", p.Format, err)
	}
	_, err = w.Write(whole.Bytes())
	return err
}

// wide returns how much wider than in the font of pictures a text may be. A viewer of an SVG may lack the
// font, and may ignore the length of texts.
func (p Picture) wide() float64 {
	if p.Format == "png" || p.Format == "pdf" {
		return 1
	}
	return 1.15 // as DejaVu Sans
}

func (p Picture) canvas(width, height vg.Length) (vg.CanvasWriterTo, error) {
	switch p.Format {
	case "", "svg":
		return &svgCanvas{Canvas: vgsvg.New(width, height)}, nil
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
