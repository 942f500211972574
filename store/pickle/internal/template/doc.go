// Package template decodes rows whose bytes have the shape of an earlier row. A [Template] is that
// shape: literal bytes, memo numbers, and holes for the numbers of the columns. It knows nothing of
// the machine that executes opcodes: bytes go in, columns come out. Rows that do not match exactly
// are left to the machine.
package template
