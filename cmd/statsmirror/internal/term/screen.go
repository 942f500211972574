package term

import (
	"cmp"
	"io"
	"os"

	"golang.org/x/term"
)

// IsTerminal reports whether a stream, to read or to write, is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// Screen describes the abilities of a terminal.
type Screen struct {
	Width, Height int  // in characters
	Cursor        bool // programs can move it
	Colour        bool
}

// ScreenOf describes the terminal that w writes to. ok is false if w is not a terminal. A
// terminal of unknown size has 80 columns and 24 lines. If TERM is dumb, programs cannot move
// the cursor, and the screen has no colour. NO_COLOR turns colour off, see https://no-color.org.
func ScreenOf(w io.Writer) (s Screen, ok bool) {
	if !IsTerminal(w) {
		return Screen{}, false
	}
	width, height, err := term.GetSize(int(w.(interface{ Fd() uintptr }).Fd()))
	if err != nil {
		width, height = 0, 0
	}
	cursor := os.Getenv("TERM") != "dumb"
	return Screen{cmp.Or(width, 80), cmp.Or(height, 24), cursor, cursor && os.Getenv("NO_COLOR") == ""}, true
}

// Style is how text stands out on a screen: the parameter of an escape sequence for a graphic
// rendition; "" for none.
type Style string

// Styles of text.
const (
	bold   Style = "1"
	Faint  Style = "2"
	Red    Style = "31"
	Yellow Style = "33"
)

// Paint returns text in a style if the screen has colour, otherwise text itself.
func (s Screen) Paint(text string, how Style) string {
	if !s.Colour || how == "" || text == "" {
		return text
	}
	return "\x1b[" + string(how) + "m" + text + "\x1b[0m"
}
