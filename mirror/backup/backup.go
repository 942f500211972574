// Package backup defines the interface of a backup: a place that holds copies of a catalog. Each
// kind of place has its own package below this one. Each passes the conformance suite in
// backuptest.
package backup

import (
	"context"
	"errors"
	"io"
)

// Errors that callers distinguish.
var (
	// ErrAbsent means that the place of a backup does not exist: its file system is not mounted, or
	// nothing was ever copied to it.
	ErrAbsent = errors.New("does not exist")

	// ErrConflict means that the stored version is not the one to be replaced, or not the one just
	// put: another writer is at work there.
	ErrConflict = errors.New("another writer has changed it meanwhile")

	// ErrDamaged means that the stored content differs from the content once put there.
	ErrDamaged = errors.New("is damaged")

	// ErrEntry means that one entry of a place cannot be used: it is a link, a pipe or a directory
	// instead of a file, or may not be read. The rest of the place works.
	ErrEntry = errors.New("cannot be used")
)

// None is the version of a file that does not exist.
const None = ""

// Reader reads a place that holds copies of a catalog. Names are slash-separated paths as in the
// catalog, "snapshots/run.parquet". If a name does not exist, the error matches fs.ErrNotExist. If
// the place itself does not exist, the error matches ErrAbsent instead. All methods are safe for
// concurrent use.
type Reader interface {
	// Open opens the content under name for reading.
	Open(ctx context.Context, name string) (File, error)

	// List calls do, in any order, for every file whose name begins with prefix, which is empty or
	// ends in a slash. A directory that may not be read is listed by its name with a slash at the
	// end. If it is the directory to list, that is an error. List keeps none of the infos. It ends
	// with the first error of do. After any error the listing is incomplete.
	List(ctx context.Context, prefix string, do func(Info) error) error

	// String returns the location as the user wrote it, without secrets.
	String() string
}

// Backup is a Reader that can also be written. A write replaces only the version that the caller
// saw last, so that two writers never undo each other's work unnoticed.
type Backup interface {
	Reader

	// Put stores size bytes of content under name, if the version there is over. Otherwise the
	// error matches ErrConflict, also if another writer replaced the content before it could be
	// verified. A reader at any moment finds the old content or the new, whole. When Put returns
	// nil, the copy is durable and has the SHA-256 of content: Put has read it back, or the store
	// has checked a checksum of the bytes that arrived. Info describes the copy.
	// If the error matches ErrDamaged, the backup now stores different content. Then Info has its
	// version, or None if another writer may have stored it.
	Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (Info, error)

	// Remove removes name, if it has that version. Otherwise the error matches ErrConflict. A
	// missing file is not an error.
	Remove(ctx context.Context, name, version string) error

	// Check reports whether the place can be read and written now. It leaves
	// nothing behind.
	Check(ctx context.Context) error
}

// Limited is a Backup that may work, but be less safe than it could be.
type Limited interface {
	Backup

	// Remarks says, once the place has been used, what is not safe and what follows.
	Remarks() []string
}

// Info describes a stored file.
type Info struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Version string `json:"version"` // changes whenever the stored file does; None if it does not exist

	// Old means that the name of a listed file comes from an older layout. If List also returns a
	// file of this name that is not Old, Open opens that one. Collect leaves Old unset.
	Old bool `json:"-"`
}

// File is a stored file opened for reading. If a file was stored with its SHA-256 and no longer
// matches it, reading fails with an error that matches ErrDamaged.
type File interface {
	io.ReaderAt
	io.Closer
	Info() Info
}

// Requests counts the requests to an object store, by the categories that stores charge for.
type Requests struct {
	Put, Get, List, Delete int64 // Get includes requests for metadata alone
	Sent, Received         int64 // bytes of content
}

// Plus returns the sum of both.
func (r Requests) Plus(other Requests) Requests {
	return Requests{
		Put: r.Put + other.Put, Get: r.Get + other.Get, List: r.List + other.List, Delete: r.Delete + other.Delete,
		Sent: r.Sent + other.Sent, Received: r.Received + other.Received,
	}
}

// Minus returns the requests since before.
func (r Requests) Minus(before Requests) Requests {
	return r.Plus(Requests{-before.Put, -before.Get, -before.List, -before.Delete, -before.Sent, -before.Received})
}
