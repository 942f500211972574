package usage

import (
	"strings"

	"statsmirror/cmd/statsmirror/internal/term"
)

// Complaint returns the text to print for an error. The journal reads the priority of a line from
// its beginning, see sd-daemon(3).
func Complaint(err error, toJournal bool) string {
	text := "statsmirror: " + term.Paragraph(strings.TrimSpace(err.Error()))
	if toJournal {
		const priority = "<3>"
		text = priority + strings.ReplaceAll(text, "\n", "\n"+priority)
	}
	return text + "\n"
}
