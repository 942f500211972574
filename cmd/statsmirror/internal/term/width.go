package term

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Columns returns how many columns of a terminal printable text takes.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n += columnsOfRune(r)
	}
	return n
}

func columnsOfRune(r rune) int {
	if r < unicode.MaxASCII {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills text up to a number of columns, on the left if right is set.
func pad(text string, columns int, right bool) string {
	fill := strings.Repeat(" ", max(0, columns-Columns(text)))
	if right {
		return fill + text
	}
	return text + fill
}

const ellipsis = "…"

// CutEnd returns text in a number of columns. If it is too long, it keeps the beginning and an
// ellipsis.
func CutEnd(text string, columns int) string {
	if Columns(text) <= columns {
		return text
	}
	return head(text, columns-1) + ellipsis
}

// CutMiddle returns text in a number of columns. If it is too long, it keeps the beginning, an
// ellipsis and the end, because both distinguish names.
func CutMiddle(text string, columns int) string {
	if Columns(text) <= columns {
		return text
	}
	first := head(text, (columns-1)/2)
	rest, last := columns-1-Columns(first), ""
	for runes := []rune(text); Columns(string(runes[len(runes)-1:])+last) <= rest; runes = runes[:len(runes)-1] {
		last = string(runes[len(runes)-1:]) + last
	}
	return first + ellipsis + last
}

// shorten cuts names to a number of columns. Different names stay different if possible.
func shorten(names []string, columns int) []string {
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = CutMiddle(name, columns)
	}
	const most = 8 // differences that a name needs to be distinguished from others
	for range most {
		groups := alike(names, short)
		if len(groups) == 0 {
			break
		}
		for _, group := range groups {
			from := len(commonPrefix(names, group))
			for _, i := range group {
				short[i] = cutAround(names[i], from, columns)
			}
		}
	}
	return short
}

// alike returns groups of different names that were cut to the same text.
func alike(names, short []string) [][]int {
	by := map[string][]int{}
	for i := range names {
		by[short[i]] = append(by[short[i]], i)
	}
	var groups [][]int
	for _, group := range by {
		if slices.ContainsFunc(group, func(i int) bool { return names[i] != names[group[0]] }) {
			groups = append(groups, group)
		}
	}
	return groups
}

func commonPrefix(names []string, group []int) string {
	prefix := names[group[0]]
	for _, i := range group {
		for !strings.HasPrefix(names[i], prefix) {
			_, size := utf8.DecodeLastRuneInString(prefix)
			prefix = prefix[:len(prefix)-size]
		}
	}
	return prefix
}

// cutAround keeps the beginning of a name, and the rest from a byte on.
func cutAround(name string, from, columns int) string {
	first := head(name, (columns-1)/4)
	if Columns(name) <= columns || from <= len(first) {
		return CutMiddle(name, columns)
	}
	return first + ellipsis + CutMiddle(name[from:], columns-Columns(first)-1)
}

// head returns as much of the beginning of text as fits.
func head(text string, columns int) string {
	n := 0
	for i, r := range text {
		if n += columnsOfRune(r); n > columns {
			return text[:i]
		}
	}
	return text
}
