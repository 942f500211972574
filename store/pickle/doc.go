// Package pickle decodes and encodes the pickles of stats files: lists of rows, written by Python's
// pickle module in protocols 0 to 5. It knows the grammar and numpy's part in it. The caller knows
// the meaning of the rows and describes them in a [Layout].
//
// A [Decoder] is a machine over bytes that turns rows straight into columns. It reads through a
// window of 256 KiB. On the way it forgets the objects of rows that have become columns
// (internal/heap). If a row refers to a forgotten object, the Decoder reads the input again and
// keeps such objects, up to 8 MiB.
//
// Above the machine are two fast paths for rows shaped like earlier ones (internal/template): a
// template learned from a row that the machine has decoded, and a loop for rows of training stats.
// The machine decodes the rows that do not match exactly. All three give the same rows and the same
// errors; a fuzz target checks that.
//
// [Encode] writes what CPython writes, byte for byte.
//
// # Security considerations
//
// A pickle is a program that can do anything when Python runs it. This package executes nothing. It
// recognises the few classes and functions of stats files by name, and they stand for data. Every
// other name is opaque. An opaque value is skipped under a key that the caller does not need; in a
// column it is an error. Opcodes that reach outside the pickle are errors.
//
// An error that matches [errors.ErrUnsupported] means that Python may read the pickle but this
// package does not. Any other [SyntaxError] means that the pickle is damaged.
//
// No length, count or number in the input is trusted. Limits apply to the depth of nesting, the
// stack, the memo, strings, bytes and integers (limits.go). Another limit applies to the memory of
// the objects of a batch of rows. The work of copying shared objects is bounded in proportion to
// the bytes read (budget.go). So the memory is that of the columns, which grow without being
// copied, and at most 64 MiB more, whatever the input. The time is in proportion to the bytes read.
//
// Not protected against: a row whose numbers are false. Only its size bounds an input that takes
// long.
package pickle
