package chart

import (
	"fmt"
	"image/color"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// fonts returns the font of pictures.
var fonts = sync.OnceValue(func() *font.Cache {
	face, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		panic(fmt.Sprintf("the font of pictures: %v", err))
	}
	return font.NewCache(font.Collection{{Font: sans, Face: face}})
})

// textStyle returns the style of titles and legends: text is centred at the height at which it is
// drawn.
func textStyle(size vg.Length) draw.TextStyle {
	return draw.TextStyle{Color: color.Black, Font: font.From(sans, size), YAlign: draw.YCenter, Handler: text.Plain{Fonts: fonts()}}
}

// textLength returns the length of a text. A letter that the font does not have counts as wide,
// because the viewer of an SVG may have it.
func textLength(face font.Face, text string) vg.Length {
	var has []rune
	var others vg.Length
	for _, r := range text {
		if glyph, err := face.Face.GlyphIndex(nil, r); err == nil && glyph != 0 {
			has = append(has, r)
		} else {
			others += face.Font.Size
		}
	}
	return face.Width(string(has)) + others
}
