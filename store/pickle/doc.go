// Package pickle decodes and encodes the pickles that stats files are: lists of
// rows, written by Python's pickle module in protocols 0 to 5. It knows the
// grammar and numpy's part in it. The caller knows the meaning of the rows,
// and describes them in a [Layout].
//
// A [Decoder] is a machine over bytes that turns rows straight into columns. It
// reads through a window of 256 KiB, and forgets the objects that rows were made
// of as it goes (internal/heap). If rows refer to a forgotten object, it reads the input
// again and keeps such objects, up to 8 MiB. Above the machine are two fast paths for rows
// that have the shape of earlier ones (internal/template): a template learned from a row
// that the machine has decoded, and a loop for rows of training stats. The machine decodes
// the rows that do not match exactly, so that all three give the same rows and the same
// errors; a fuzz target holds them to that.
//
// [Encode] writes what CPython writes, byte for byte.
//
// # Security considerations
//
// A pickle is a program that, run by Python, can do anything. Here nothing is
// executed. The few classes and functions that stats files name are recognised by
// their names and stand for data. Every other name is opaque: the value that it would
// make is passed over in a key that the caller does not ask for, and is an error in a
// column. Opcodes that reach outside of the pickle are errors.
//
// An error that matches [errors.ErrUnsupported] says that Python may read the pickle and
// this package does not. Any other [SyntaxError] says that the pickle is damaged.
//
// No length, count or number in the input is trusted. The depth of nesting, the
// stack, the memo, strings, bytes and integers have limits (limits.go), and so has the
// memory of the objects of a batch of rows. The work of copying objects that rows refer to
// is bounded in proportion to the bytes that have been read (budget.go). So memory is that
// of the columns, which grow without being copied, and at most 64 MiB more, whatever the
// input; and time is in proportion to the bytes that have been read.
//
// Not protected against: a row that means something else than it says. An input
// that takes long is bounded only by its size.
package pickle
