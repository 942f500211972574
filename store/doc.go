// Package store is the domain: names of runs, training stats and validation scores, normal rows,
// the rule that merges new rows with existing ones, and the files that hold them.
//
// A stats tree has a directory for each Kind. In it, each run has an entry: a file, or a directory
// of files. [Tree] reads the tree while trainers write to it; DaCapo writes in place and without
// locks. Tree returns rows that the file held whole at one moment, or an error that says whether
// trying again can help. [Merge] decides how the rows change those kept from before.
// [FileStatsStore] is DaCapo's own store, in Go. [Inspect] reads any file and saves the readable
// rows of a damaged one.
//
// Values keep their bits: NaN payloads, the sign of zero, None as a null. Iterations are any int64
// but the highest.
//
// # Security considerations
//
// Files and their names are not trusted. Package pickle decodes pickles to data and never executes
// anything in them. Reads and writes stay in the stats tree, which is an [os.Root], and in the
// targets of links that may be followed; see [Tree]. Opening a named pipe does not block. Run names
// are bytes: quote them before showing them.
//
// Not promised: noticing a write that changes neither size nor times of a file. A write through
// mmap can do that; so can a write that sets its time back before the quiet period while the clock
// stands still. The package stops nobody from removing files in the tree.
package store
