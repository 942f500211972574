package term

import (
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable returns a name for one line of a terminal. A name with quotes, backslashes, or
// characters that do not print becomes a Go string literal.
func Printable(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// OneLine returns text for one line of a terminal. It escapes characters that do not print, such as
// line feeds and control characters in names. A tab becomes a space.
func OneLine(text string) string {
	return escaped(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Paragraph is OneLine for text of several lines. It indents all but the first, so that a line feed
// in a name cannot begin a line that looks like the program's own.
func Paragraph(text string) string {
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

// SafeJSON returns a writer to w. Each call takes one or more whole JSON values. It escapes
// characters that JSON allows in strings but that affect a terminal.
func SafeJSON(w io.Writer) io.Writer { return jsonWriter{w} }

type jsonWriter struct{ w io.Writer }

func (j jsonWriter) Write(p []byte) (int, error) {
	if _, err := j.w.Write(EscapeJSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// EscapeJSON returns JSON with the escapes of SafeJSON, or text itself if nothing needs one.
func EscapeJSON(text []byte) []byte {
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
