// Package store holds what DaCapo's statistics are: the names of runs, training
// stats and validation scores, when they are normal, how new rows merge with
// those there are, and the files that hold them.
//
// A stats tree has a directory for each Kind, and in these an entry for each
// run: a file, or a directory of files. [Tree] reads it while trainers write to
// it, which DaCapo's do in place and without locks: what it returns was whole
// in the file at one moment, or it is an error that says whether trying again
// can help. [Merge] decides what the rows read mean for those kept from before.
// [FileStatsStore] is DaCapo's own store, in Go. [Inspect] reads any file, and
// of a damaged one what can be saved.
//
// Values keep their bits: NaN payloads, the sign of zero, None as a null.
// Iterations are those of int64, less the highest.
//
// # Security considerations
//
// Files and their names are not trusted. Pickles are decoded to data by package
// pickle, and nothing in them is ever executed. Reading and writing stay in the
// stats tree, which is an [os.Root], and where links lead whose owner owns what
// they lead to, or is root or this process's user; see [Tree]. Opening a named
// pipe does not block. Run names are bytes: quote them before
// they are shown.
//
// What is not promised: that a write is seen which changes neither size nor
// times of a file, as one through mmap may, or whose time is set back to older
// than the quiet period together with a clock that stands still. Nobody is
// kept from removing what is in the tree.
package store
