package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/store"
)

// record is what is remembered of a run besides its snapshots. It is a cache:
// a lost one costs reading and verifying again, never data. It holds for one
// current snapshot only; beside another one it is void.
type record struct {
	Seen       map[store.Kind]sourceRecord `json:"sources,omitempty"`
	Backups    map[string]copies           `json:"-"` // by location; absent where not reconciled yet
	GoneSince  time.Time                   `json:"gone_since,omitzero"`
	GoneLogged bool                        `json:"gone_logged,omitempty"`
}

// sourceRecord is what the source of one kind was when it was read last.
type sourceRecord struct {
	Files   []fileStamp   `json:"files"`
	Noted   string        `json:"noted,omitempty"` // of which content the peculiarities have been logged
	Invalid *InvalidError `json:"invalid,omitempty"`
}

// fileStamp is one file of a source.
type fileStamp struct {
	Path text `json:"path"`
	store.Stamp
}

func stampsOf(sources []store.Source) []fileStamp {
	var all []fileStamp
	for _, s := range sources {
		all = append(all, fileStamp{text(s.Path), s.Stamp})
	}
	return all
}

// text is a string of any bytes, percent-encoded where JSON could not keep it.
type text string

// MarshalText implements [encoding.TextMarshaler].
func (t text) MarshalText() ([]byte, error) { return []byte(url.PathEscape(string(t))), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *text) UnmarshalText(b []byte) error {
	s, err := url.PathUnescape(string(b))
	*t = text(s)
	return err
}

// remoteState says how well the catalog knows a file in a backup. A file that the backup lacks
// has no remoteFile.
type remoteState uint8

const (
	remoteUnknown    remoteState = iota // its content is not known
	remoteVerified                      // it has been read back: these rows of this generation
	remoteDamaged                       // it cannot be read, and may be replaced
	remoteTombstones                    // it says that generations up to this one were removed
)

// remoteFile is a file of a run in a backup.
type remoteFile struct {
	State      remoteState
	Generation int64
	Content    string // SHA-256 of the rows if it is verified
	Info       backup.Info
}

// copies are the files of a run in one backup, by name.
type copies map[string]remoteFile

// known reports whether the content of each file is known.
func (c copies) known() bool {
	for _, f := range c {
		if f.State == remoteUnknown {
			return false
		}
	}
	return true
}

// missing returns the files that have no verified copy.
func (c copies) missing(files []file) []file {
	return slices.DeleteFunc(files, func(f file) bool {
		return c[f.Name].is(f.Generation, f.Content)
	})
}

// is reports whether it is a verified copy of a generation with that content.
func (f remoteFile) is(generation int64, content string) bool {
	return f.State == remoteVerified && f.Generation == generation && f.Content == content && content != ""
}

// invalidate forgets what the files of a run in a backup hold, though not that they are
// there: it is reconciled again before anything is written.
func (r *record) invalidate(location string) {
	if len(r.Backups[location]) == 0 {
		delete(r.Backups, location)
	}
	for name, f := range r.Backups[location] {
		r.Backups[location][name] = remoteFile{Info: f.Info}
	}
}

func (r *record) invalidateAll() {
	for location := range r.Backups {
		r.invalidate(location)
	}
}

// copies is State(run).record.Backups[location].
func (c *Catalog) copies(run, location string) (files copies, met bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).record.copies(run, location)
}

// Update changes what is remembered of a run, and writes it down. If that fails it
// is remembered until the catalog is closed.
func (c *Catalog) Update(run string, change func(*record)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.update(run, c.hold(run), change)
}

// update is Update of an entry.
func (c *Catalog) update(run string, e *entry, change func(*record)) error {
	e.update(run, change)
	if err := c.writeEntry(run, e); err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	return nil
}

// update changes a record.
func (h *entry) update(run string, change func(*record)) {
	r := h.record.decode(run)
	if r.Seen == nil {
		r.Seen = map[store.Kind]sourceRecord{}
	}
	if r.Backups == nil {
		r.Backups = map[string]copies{}
	}
	change(&r)
	h.record = r.encode(run)
}

// Unusable returns the sources that could not be used when they were read last, by run.
// Only a catalog knows them.
func Unusable(ctx context.Context, place backup.Reader) (map[string][]*InvalidError, error) {
	all := map[string][]*InvalidError{}
	err := eachRecord(ctx, place, func(run string, r record) {
		delete(all, run)
		for _, kind := range store.Kinds {
			if invalid := r.Seen[kind].Invalid; invalid != nil {
				all[run] = append(all[run], invalid.of(run, kind))
			}
		}
	})
	return all, err
}

// Missing returns the runs whose files are gone from the stats tree, and since when. Only a
// catalog knows it.
func Missing(ctx context.Context, place backup.Reader) (map[string]time.Time, error) {
	gone := map[string]time.Time{}
	err := eachRecord(ctx, place, func(run string, r record) {
		delete(gone, run)
		if !r.GoneSince.IsZero() {
			gone[run] = r.GoneSince
		}
	})
	return gone, err
}

// eachRecord calls do for each record that the index of a catalog has, the older ones of
// a run first. A place without an index has none.
func eachRecord(ctx context.Context, place backup.Reader, do func(run string, r record)) error {
	f, err := place.Open(ctx, indexPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	defer f.Close()
	eachEntry(io.NewSectionReader(f, 0, f.Info().Size), func(run string, h *entry) { do(run, h.record.decode(run)) })
	return nil
}
