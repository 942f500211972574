package term

import (
	"fmt"
	"io"
	"strings"
)

// EnterPage shows an empty page on a terminal whose cursor can be moved, without the cursor,
// until LeavePage.
func EnterPage(w io.Writer) { fmt.Fprint(w, "\x1b[?1049h\x1b[?25l") }

// DrawPage replaces the content of the page. It returns no error: who looks at a page sees it.
func DrawPage(w io.Writer, lines []string) {
	const topLeft, eraseLine, eraseRest = "\x1b[H", "\x1b[K", "\x1b[J"
	fmt.Fprint(w, topLeft, strings.Join(lines, eraseLine+"\r\n"), eraseLine, eraseRest)
}

// LeavePage shows again the page that the terminal showed before, and the cursor.
func LeavePage(w io.Writer) { fmt.Fprint(w, "\x1b[?25h\x1b[?1049l") }
