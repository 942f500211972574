package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"statsmirror/store/durable"
)

const (
	maxBase     = 255  // bytes that a file name may have
	escapeMark  = "%~" // begins escaped text
	shortenMark = "%#" // begins the short form of a name that is too long
)

// Suffix ends the name of every snapshot's file.
const Suffix = ".parquet"

// Escape returns a file name for run: run itself if possible. The name is as unique as run, valid
// UTF-8, not the name of a temporary file, and short enough for the Suffix.
func Escape(run string) string {
	name := escapeText(run)
	if len(name)+len(Suffix) <= maxBase {
		return name
	}
	sum := sha256.Sum256([]byte(run))
	return shortenMark + hex.EncodeToString(sum[:])
}

// Unescape returns the run whose Escape is name. ok is false if no run has it, or if name is
// shortened.
func Unescape(name string) (run string, ok bool) {
	run, ok = unescapeText(name)
	return run, ok && run != "" && Escape(run) == name
}

// escapeText returns s as UTF-8 text. The result is s itself unless s is not UTF-8, looks escaped
// or shortened, or would name a temporary file.
func escapeText(s string) string {
	if utf8.ValidString(s) && !strings.HasPrefix(s, escapeMark) && !strings.HasPrefix(s, shortenMark) && !durable.IsTemp(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(escapeMark)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '%' || r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, "%%%02X", s[i])
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// unescapeText undoes escapeText. ok is false if escapeText never returns text.
func unescapeText(text string) (s string, ok bool) {
	escaped, marked := strings.CutPrefix(text, escapeMark)
	if !marked {
		return text, escapeText(text) == text
	}
	var b strings.Builder
	for len(escaped) > 0 {
		before, after, found := strings.Cut(escaped, "%")
		b.WriteString(before)
		escaped = after
		if !found {
			break
		}
		if len(escaped) < 2 {
			return "", false
		}
		c, err := hex.DecodeString(escaped[:2])
		if err != nil {
			return "", false
		}
		b.Write(c)
		escaped = escaped[2:]
	}
	return b.String(), escapeText(b.String()) == text
}

// Ambiguous returns the runs whose Escape is shortened, by their Escape.
func Ambiguous(runs []string) map[string]string {
	names := map[string]string{}
	for _, run := range runs {
		name := Escape(run)
		if _, told := Unescape(name); !told {
			names[name] = run
		}
	}
	return names
}
