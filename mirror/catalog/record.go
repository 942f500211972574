package catalog

import (
	"net/url"
	"slices"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/store"
)

// Record is the memory of a run besides its snapshots. It is a cache: losing it costs reading and
// verifying again, never data. It is valid for one current snapshot only; beside any other it is
// void.
type Record struct {
	Seen       map[store.Kind]SourceRecord `json:"sources,omitempty"`
	Backups    map[string]Copies           `json:"-"` // by location; missing until reconciled
	GoneSince  time.Time                   `json:"gone_since,omitzero"`
	GoneLogged bool                        `json:"gone_logged,omitempty"`
}

// SourceRecord is the state of one kind's source when it was last read.
type SourceRecord struct {
	Files   []FileStamp   `json:"files"`
	Noted   string        `json:"noted,omitempty"` // the content whose peculiarities have been logged
	Invalid *InvalidError `json:"invalid,omitempty"`
}

// FileStamp is one file of a source.
type FileStamp struct {
	Path Text `json:"path"`
	store.Stamp
}

// StampsOf returns the stamps of the files of a source.
func StampsOf(sources []store.Source) []FileStamp {
	var all []FileStamp
	for _, s := range sources {
		all = append(all, FileStamp{Text(s.Path), s.Stamp})
	}
	return all
}

// Text is a string of any bytes, percent-encoded if JSON could not keep it.
type Text string

// MarshalText implements [encoding.TextMarshaler].
func (t Text) MarshalText() ([]byte, error) { return []byte(url.PathEscape(string(t))), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *Text) UnmarshalText(b []byte) error {
	s, err := url.PathUnescape(string(b))
	*t = Text(s)
	return err
}

// RemoteState says how well the catalog knows a file in a backup. A file that the backup lacks has
// no RemoteFile.
type RemoteState uint8

// The states of a file in a backup, as far as a catalog knows.
const (
	RemoteUnknown    RemoteState = iota // its content is not known
	RemoteVerified                      // it has been read back: these rows of this generation
	RemoteDamaged                       // it cannot be read, and may be replaced, as a Replica found
	RemoteTombstones                    // it records that generations up to this one were removed
)

// RemoteFile is a file of a run in a backup.
type RemoteFile struct {
	State      RemoteState
	Generation int64
	Content    string // SHA-256 of the rows if verified
	Info       backup.Info
	Copied     time.Time // when this catalog last copied it there, if it is the current snapshot; zero if unknown
}

// Copies are the files of a run in one backup, by name.
type Copies map[string]RemoteFile

// Known reports whether the content of each file is known.
func (c Copies) Known() bool {
	for _, f := range c {
		if f.State == RemoteUnknown {
			return false
		}
	}
	return true
}

// Missing returns the files without a verified copy.
func (c Copies) Missing(files []File) []File {
	return slices.DeleteFunc(files, func(f File) bool {
		return c[f.Name].Is(f.Generation, f.Content)
	})
}

// Is reports whether f is a verified copy of a generation with that content.
func (f RemoteFile) Is(generation int64, content string) bool {
	return f.State == RemoteVerified && f.Generation == generation && f.Content == content && content != ""
}

// Invalidate forgets the contents of a run's files in a backup, but not that the files exist. The
// run is reconciled again before anything is written.
func (r *Record) Invalidate(location string) {
	if len(r.Backups[location]) == 0 {
		delete(r.Backups, location)
	}
	for name, f := range r.Backups[location] {
		r.Backups[location][name] = RemoteFile{Info: f.Info}
	}
}

func (r *Record) invalidateAll() {
	for location := range r.Backups {
		r.Invalidate(location)
	}
}
