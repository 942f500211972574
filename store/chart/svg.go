package chart

import (
	"bytes"
	"fmt"
	"io"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// svgCanvas gives each text the length that it has in the font of pictures. A viewer without that
// font then fits its own, so that no text runs into what follows.
type svgCanvas struct {
	*vgsvg.Canvas
	lengths []vg.Length // of each text
}

// FillString implements vg.Canvas.
func (c *svgCanvas) FillString(face font.Face, at vg.Point, text string) {
	c.lengths = append(c.lengths, textLength(face, text))
	c.Canvas.FillString(face, at, text)
}

// WriteTo implements io.WriterTo. It adds the lengths of texts, and fonts of the same width for
// viewers without the font of pictures.
func (c *svgCanvas) WriteTo(w io.Writer) (int64, error) {
	var svg bytes.Buffer
	if _, err := c.Canvas.WriteTo(&svg); err != nil {
		return 0, err
	}
	parts := bytes.Split(svg.Bytes(), []byte("<text ")) // a text itself has no <
	var out bytes.Buffer
	for i, part := range parts {
		if i > 0 {
			out.WriteString("<text ")
			if length := c.lengths[i-1]; length > 0 {
				fmt.Fprintf(&out, `textLength="%.5g" lengthAdjust="spacingAndGlyphs" `, length.Points())
			}
		}
		out.Write(bytes.ReplaceAll(part, []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arimo,Helvetica,Arial,sans-serif")))
	}
	return out.WriteTo(w)
}
