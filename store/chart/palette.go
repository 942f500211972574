package chart

import "image/color"

// hue is a colour of the palette of Okabe and Ito (2008), whose colours are distinct for every kind
// of colour blindness. Yellow is missing because it is hardly visible on white.
type hue struct {
	rgb      color.NRGBA
	terminal int // the nearest of a terminal's 256 colours; black is the terminal's own
}

var hues = []hue{
	{color.NRGBA{0x00, 0x72, 0xb2, 0xff}, 32},  // blue
	{color.NRGBA{0xd5, 0x5e, 0x00, 0xff}, 166}, // vermilion
	{color.NRGBA{0x00, 0x9e, 0x73, 0xff}, 36},  // bluish green
	{color.NRGBA{0xcc, 0x79, 0xa7, 0xff}, 175}, // reddish purple
	{color.NRGBA{0xe6, 0x9f, 0x00, 0xff}, 214}, // orange
	{color.NRGBA{0x56, 0xb4, 0xe9, 0xff}, 74},  // sky blue
	{color.NRGBA{0x00, 0x00, 0x00, 0xff}, -1},  // black
}

// dashes are patterns of lines, in points. Their number and the number of hues have no common
// divisor, so that 28 styles differ.
var dashes = [][]float64{nil, {6, 2}, {1.5, 1.5}, {7, 2, 1.5, 2}}

// neutral is the style without a colour, for the median and the band of many series.
const neutral = 6

const grey = 244 // of a terminal's colours, visible on black and on white

// hue returns the colour of a series.
func (s Series) hue() hue {
	if s.Role.isBand() {
		return hue{hues[neutral].rgb, grey}
	}
	if s.Role != Single {
		return hues[neutral]
	}
	return hues[s.Style%len(hues)]
}

// dashes returns the pattern of the line of a series.
func (s Series) dashes() []float64 {
	if s.Role != Single {
		return nil
	}
	return dashes[s.Style%len(dashes)]
}

// faint returns the colour of a band. Those of quantiles lie over each other.
func (s Series) faint() color.NRGBA {
	faint := s.hue().rgb
	if faint.A = 0x40; s.Role.isBand() {
		faint.A = 0x26
	}
	return faint
}
