// Package format writes rows: for other programs as JSON, JSON lines, CSV, and event files of
// TensorBoard; for a person as a table, with the best scores and the loss as a line of blocks. Only
// the strings of names come from outside; they are escaped in JSON.
//
// JSON has no NaN and no infinity: they become the strings "NaN", "Infinity" and "-Infinity".
// DaCapo's None becomes null.
package format
