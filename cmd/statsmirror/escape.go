package main

import (
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// printable quotes a name that would not stand on one line of a terminal.
func printable(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// oneLine returns a text in which names may stand as anyone gave them, for one line
// of a terminal: what would do something there, or end the line, is escaped.
func oneLine(text string) string {
	return escaped(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// paragraph is oneLine for a text of several lines. All but the first are set in, so
// that none that a name brings along looks like one of the program's own.
func paragraph(text string) string {
	text = escaped(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) })
	return strings.ReplaceAll(text, "\n", "\n  ")
}

func escaped(text string, escape func(rune) bool) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError && n == 1, escape(r):
			quoted := strconv.Quote(text[i : i+n])
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	return b.String()
}

// jsonSafe is a writer of JSON, whole values at a time, that escapes what may stand
// raw in a string of JSON and yet does something to a terminal.
type jsonSafe struct{ w io.Writer }

func (j jsonSafe) Write(p []byte) (int, error) {
	if _, err := j.w.Write(escapedJSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escapedJSON returns text itself where there is nothing to escape.
func escapedJSON(text []byte) []byte {
	var safe []byte
	from := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r > '~' && (!unicode.IsPrint(r) || n == 1) {
			safe = append(safe, text[from:i]...)
			for _, unit := range utf16.Encode([]rune{r}) {
				const digits = "0123456789abcdef"
				safe = append(safe, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
			}
			from = i + n
		}
		i += n
	}
	if safe == nil {
		return text
	}
	return append(safe, text[from:]...)
}
