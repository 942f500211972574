// Package backup says what a place that holds copies of a catalog can do. Each
// kind of place has a package below this one, and each of these passes the
// conformance suite in backuptest.
package backup

import (
	"context"
	"errors"
	"io"
)

// ErrAbsent says that the place of a backup is not there: what it is in has not
// been mounted, or nothing was ever copied to it.
var ErrAbsent = errors.New("there is nothing")

// Backup is a place that holds copies of a catalog. Names are slash-separated
// paths as the catalog has them, "snapshots/run.parquet". An error of a name
// that is not there matches fs.ErrNotExist; one of a place that is not there
// itself matches ErrAbsent instead. All methods are safe for concurrent use.
type Backup interface {
	// Put stores size bytes of content under name, replacing what was there.
	// A reader at any moment finds the old content or the new, whole. When Put
	// returns nil the copy is durable and has the SHA-256 of content: it has been
	// read back, or what stores it has checked a checksum of what arrived. Info
	// describes it.
	Put(ctx context.Context, name string, content io.ReaderAt, size int64) (Info, error)

	// Open opens the content under name for reading.
	Open(ctx context.Context, name string) (File, error)

	// List describes everything whose name begins with prefix, which is empty
	// or ends in a slash, in order of name.
	List(ctx context.Context, prefix string) ([]Info, error)

	// Check reports whether the place can be read and written now. It leaves
	// nothing behind.
	Check(ctx context.Context) error

	// String returns the location as the user wrote it, without secrets.
	String() string
}

// Info describes a stored file.
type Info struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Version string `json:"version"` // changes whenever the stored file does
}

// File is a stored file opened for reading.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
}
