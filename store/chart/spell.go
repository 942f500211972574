package chart

import (
	"strconv"
	"strings"
)

// spelled returns a chart whose texts a picture can show. Letters without a glyph are escaped, as
// \u65e5. An SVG leaves letters to the viewer.
func (p Picture) spelled(c Chart) Chart {
	face := fonts().Lookup(sans, fontSize)
	shows := map[string]func(rune) bool{
		"png": func(r rune) bool { glyph, err := face.Face.GlyphIndex(nil, r); return err == nil && glyph != 0 },
		"pdf": func(r rune) bool { _, ok := latin1(r); return ok },
	}[p.Format]
	if shows == nil {
		return c
	}
	c.X.Label = spell(c.X.Label, shows)
	panels := c.Panels
	c.Panels = nil
	for _, panel := range panels {
		panel.Title, panel.Y.Label = spell(panel.Title, shows), spell(panel.Y.Label, shows)
		series := panel.Series
		panel.Series = nil
		for _, s := range series {
			s.Name = spell(s.Name, shows)
			panel.Series = append(panel.Series, s)
		}
		c.Panels = append(c.Panels, panel)
	}
	return c
}

func spell(text string, shows func(rune) bool) string {
	var b strings.Builder
	for _, r := range text {
		if shows(r) {
			b.WriteRune(r)
		} else {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
