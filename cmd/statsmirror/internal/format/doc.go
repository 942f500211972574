// Package format writes rows: for other programs as JSON, JSON lines, CSV, and event files of
// TensorBoard, for a person as a table, with the best scores and the loss as a line of blocks.
// Only strings of names come from outside; they are escaped in JSON.
//
// JSON has no NaN and no infinity: they are the strings "NaN", "Infinity" and "-Infinity". A
// value that is None in DaCapo is null.
package format
