package chart

import (
	"image/color"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas encodes text in the code page that vgpdf assumes, and writes transparent colours the
// way PDF wants them.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	var encoded []byte
	for _, r := range text {
		b, _ := latin1(r)
		encoded = append(encoded, b)
	}
	c.Canvas.FillString(face, at, string(encoded))
}

// SetColor implements vg.Canvas.
func (c pdfCanvas) SetColor(colour color.Color) {
	if colour == nil {
		colour = color.Black
	}
	c.Canvas.SetColor(straight(color.NRGBAModel.Convert(colour).(color.NRGBA)))
}

// straight is a colour without premultiplied alpha. color.Color asks for premultiplied values, but
// vgpdf does not divide by alpha.
type straight color.NRGBA

// RGBA implements color.Color.
func (s straight) RGBA() (r, g, b, a uint32) {
	const wide = 0x101
	return uint32(s.R) * wide, uint32(s.G) * wide, uint32(s.B) * wide, uint32(s.A) * wide
}

// latin1 returns the byte of a letter in a PDF, as gonum writes it: in code page 1252, limited to
// Latin-1 and the ellipsis.
func latin1(r rune) (byte, bool) {
	switch {
	case r == '…':
		return 0x85, true
	case r >= ' ' && r <= '~', r >= 0xa0 && r <= 0xff:
		return byte(r), true
	}
	return '?', false
}
