package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columnsOf returns how many columns of a terminal printable text takes.
func columnsOf(text string) int {
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

// pad fills text up to a number of columns, on its left if it is to stand right.
func pad(text string, columns int, right bool) string {
	fill := strings.Repeat(" ", max(0, columns-columnsOf(text)))
	if right {
		return fill + text
	}
	return text + fill
}

const ellipsis = "…"

// cutEnd leaves of text what fits into a number of columns, from its beginning.
func cutEnd(text string, columns int) string {
	if columnsOf(text) <= columns {
		return text
	}
	return head(text, columns-1) + ellipsis
}

// cutMiddle leaves the beginning and the end of text, which tell names apart.
func cutMiddle(text string, columns int) string {
	if columnsOf(text) <= columns {
		return text
	}
	first := head(text, (columns-1)/2)
	rest, last := columns-1-columnsOf(first), ""
	for runes := []rune(text); columnsOf(string(runes[len(runes)-1:])+last) <= rest; runes = runes[:len(runes)-1] {
		last = string(runes[len(runes)-1:]) + last
	}
	return first + ellipsis + last
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
