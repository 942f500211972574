package main

import (
	"cmp"
	"io"
	"os"

	"golang.org/x/term"
)

// screen is the terminal that a writer writes to.
type screen struct {
	width, height int  // in characters
	cursor        bool // it can be moved
	colour        bool
}

// screenOf returns the terminal behind w. It is not ok if that is something else.
// Colour is left out where NO_COLOR asks for that, see https://no-color.org.
func screenOf(w io.Writer) (s screen, ok bool) {
	if !isTerminal(w) {
		return screen{}, false
	}
	width, height, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		width, height = 0, 0
	}
	cursor := os.Getenv("TERM") != "dumb"
	return screen{cmp.Or(width, 80), cmp.Or(height, 24), cursor, cursor && os.Getenv("NO_COLOR") == ""}, true
}

// style is how text stands out on a screen: the parameter of an escape sequence
// that selects a graphic rendition, "" for none.
type style string

const (
	bold   style = "1"
	faint  style = "2"
	red    style = "31"
	yellow style = "33"
)

// paint returns text in a style, where the screen has colour.
func (s screen) paint(text string, how style) string {
	if !s.colour || how == "" || text == "" {
		return text
	}
	return "\x1b[" + string(how) + "m" + text + "\x1b[0m"
}
