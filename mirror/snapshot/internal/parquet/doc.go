// Package parquet writes and reads the part of the Parquet format that snapshots need: row groups
// of byte arrays that are all equal, of ascending integers, and of optional doubles in lists of any
// depth. Its pages are data pages of version 1 with checksums, as they are or compressed with zstd.
// It reads pages without checksums too.
//
// It knows nothing of snapshots. Readers take no size, count or offset on trust: damaged input
// gives an error, and memory in proportion to its bytes or to what the caller allows.
//
// The format: https://github.com/apache/parquet-format
package parquet
