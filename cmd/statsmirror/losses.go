package main

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/column"
)

// lossText returns a loss for a person, whole.
func lossText(l snapshot.Loss) string {
	if _, ok := l.Float(); !ok {
		return unknown
	}
	return string(l)
}

// lossJSON returns a loss as rows have it, nil where it is not known.
func lossJSON(l snapshot.Loss) json.RawMessage {
	if l == "" {
		return nil
	}
	var f column.Floats
	if v, ok := l.Float(); ok {
		f.Append(v)
	} else {
		f.AppendNull()
	}
	return appendFloat(nil, f, 0)
}

// lossCell returns a loss for a table, in no more than ten columns.
func lossCell(l snapshot.Loss) term.Cell {
	v, ok := l.Float()
	switch {
	case !ok:
		return term.Cell{Text: "-"}
	case math.IsNaN(v) || math.IsInf(v, 0):
		return term.Cell{Text: string(l), Style: term.Red}
	}
	return term.Cell{Text: brief(v)}
}

// brief returns a number to four digits, or to three where those take less room.
func brief(v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(v, 'g', 3, 64)
	}
	return text
}
