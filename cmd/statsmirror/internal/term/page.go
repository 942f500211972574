package term

import (
	"fmt"
	"io"
	"strings"
)

// EnterPage shows an empty page, without the cursor, until LeavePage. The terminal must be able to
// move its cursor.
func EnterPage(w io.Writer) { fmt.Fprint(w, "\x1b[?1049h\x1b[?25l") }

// DrawPage replaces the content of the page. It returns no error, because the viewer would see it.
func DrawPage(w io.Writer, lines []string) {
	const topLeft, eraseLine, eraseRest = "\x1b[H", "\x1b[K", "\x1b[J"
	fmt.Fprint(w, topLeft, strings.Join(lines, eraseLine+"\r\n"), eraseLine, eraseRest)
}

// LeavePage shows the cursor and the earlier page again.
func LeavePage(w io.Writer) { fmt.Fprint(w, "\x1b[?25h\x1b[?1049l") }
