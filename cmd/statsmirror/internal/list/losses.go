package list

import (
	"encoding/json"
	"math"

	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/snapshot"
)

// lossText returns a loss for a person, with all digits.
func lossText(l snapshot.Loss) string {
	if _, ok := l.Float(); !ok {
		return unknown
	}
	return string(l)
}

// lossJSON returns a loss in the form of rows; nil if unknown.
func lossJSON(l snapshot.Loss) json.RawMessage {
	if l == "" {
		return nil
	}
	v, ok := l.Float()
	if !ok {
		return json.RawMessage("null")
	}
	return format.AppendFloat(nil, v)
}

// lossCell returns a loss for a table, at most ten columns wide.
func lossCell(l snapshot.Loss) term.Cell {
	v, ok := l.Float()
	switch {
	case !ok:
		return term.Cell{Text: "-"}
	case math.IsNaN(v) || math.IsInf(v, 0):
		return term.Cell{Text: string(l), Style: term.Red}
	}
	return term.Cell{Text: format.Brief(v)}
}
