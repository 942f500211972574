package term

import "strings"

// Wrap breaks printable text between words into lines of at most that many columns. A word that is
// longer is cut.
func Wrap(text string, columns int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		word = CutEnd(word, max(1, columns))
		last := len(lines) - 1
		if last >= 0 && Columns(lines[last])+1+Columns(word) <= columns {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
