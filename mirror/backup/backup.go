// Package backup says what a place that holds copies of a catalog can do. Each
// kind of place has a package below this one, and each of these passes the
// conformance suite in backuptest.
package backup

import (
	"context"
	"errors"
	"io"
)

// Errors that callers tell apart.
var (
	// ErrAbsent says that the place of a backup is not there: what it is in has
	// not been mounted, or nothing was ever copied to it.
	ErrAbsent = errors.New("there is nothing")

	// ErrConflict says that there is another version than the one that was to be
	// replaced, or than the one that was put: someone else writes there too.
	ErrConflict = errors.New("someone else has changed it meanwhile")

	// ErrDamaged says that what is stored is not what was once put there.
	ErrDamaged = errors.New("is damaged")

	// ErrEntry says that one entry of a place cannot be used: it is a link, a pipe or
	// a directory instead of a file, or may not be read. The rest of the place works.
	ErrEntry = errors.New("cannot be used")
)

// None is the version of a file that is not there.
const None = ""

// Reader is a place that holds copies of a catalog, to be read. Names are
// slash-separated paths as the catalog has them, "snapshots/run.parquet". An
// error of a name that is not there matches fs.ErrNotExist; one of a place that
// is not there itself matches ErrAbsent instead. All methods are safe for
// concurrent use.
type Reader interface {
	// Open opens the content under name for reading.
	Open(ctx context.Context, name string) (File, error)

	// List calls do for everything whose name begins with prefix, which is empty
	// or ends in a slash, in any order. A directory that may not be read is listed
	// by its name with a slash at its end; if it is the one to list, that is an error.
	// List keeps nothing that do has seen. It ends with the first error of do. After any
	// error the listing is not complete.
	List(ctx context.Context, prefix string, do func(Info) error) error

	// String returns the location as the user wrote it, without secrets.
	String() string
}

// Backup is a Reader that can be written too. What is written replaces one
// version only, that which the caller saw last, so that two writers never undo
// unseen what the other did.
type Backup interface {
	Reader

	// Put stores size bytes of content under name, if the version there is the
	// one given; else the error matches ErrConflict, as it does if someone else has
	// replaced the content before it could be verified. A reader at any moment finds
	// the old content or the new, whole. When Put returns nil the copy is durable
	// and has the SHA-256 of content: it has been read back, or what stores it has
	// checked a checksum of what arrived. Info describes it. An error that matches
	// ErrDamaged says that something else is stored there now. Then Info has its version,
	// or None if somebody else may have stored it.
	Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (Info, error)

	// Remove removes name, if the version there is the one given; else the error
	// matches ErrConflict. It is no error that there is nothing.
	Remove(ctx context.Context, name, version string) error

	// Check reports whether the place can be read and written now. It leaves
	// nothing behind.
	Check(ctx context.Context) error
}

// Info describes a stored file.
type Info struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Version string `json:"version"` // changes whenever the stored file does; None if there is none

	// Old says that a listed file has a name of an older layout. If List gives another
	// file of this name that is not Old, Open opens that one. Collect leaves it unset.
	Old bool `json:"-"`
}

// File is a stored file opened for reading. A read of one that was stored with
// its SHA-256 and has another one fails with an error that matches ErrDamaged.
type File interface {
	io.ReaderAt
	io.Closer
	Info() Info
}

// Requests counts what an object store has been asked, by what it charges for.
type Requests struct {
	Put, Get, List, Delete int64 // Get: those for metadata alone too
	Sent, Received         int64 // bytes of content
}

// Plus returns what was asked in both.
func (r Requests) Plus(other Requests) Requests {
	return Requests{
		Put: r.Put + other.Put, Get: r.Get + other.Get, List: r.List + other.List, Delete: r.Delete + other.Delete,
		Sent: r.Sent + other.Sent, Received: r.Received + other.Received,
	}
}

// Minus returns what has been asked since.
func (r Requests) Minus(before Requests) Requests {
	return r.Plus(Requests{-before.Put, -before.Get, -before.List, -before.Delete, -before.Sent, -before.Received})
}
