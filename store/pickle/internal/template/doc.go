// Package template decodes rows whose bytes have the shape of a row that was decoded
// before. A [Template] is that shape: literal bytes, numbers of the memo, and holes for
// the numbers of the columns. It knows nothing of the machine that executes opcodes: bytes
// go in, and columns come out. Whatever does not match exactly is left to the machine.
package template
