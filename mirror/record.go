package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// record is what is remembered of a run besides its snapshots. It is a cache:
// a lost one costs reading and verifying again, never data. It holds for one
// current snapshot only; beside another one it is void.
type record struct {
	Run        text                `json:"run"`
	Generation int64               `json:"generation,omitempty"`
	Content    string              `json:"content_sha256,omitempty"`
	Seen       map[store.Kind]seen `json:"sources,omitempty"`
	Backups    map[string]copies   `json:"backups,omitempty"` // by location; absent where not met yet
	GoneSince  time.Time           `json:"gone_since,omitzero"`
	GoneLogged bool                `json:"gone_logged,omitempty"`
}

// seen is what the source of one kind was when it was read last.
type seen struct {
	Files   []stamped     `json:"files"`
	Noted   string        `json:"noted,omitempty"` // of which content the peculiarities have been logged
	Invalid *InvalidError `json:"invalid,omitempty"`
}

// stamped is one file of a source.
type stamped struct {
	Path text `json:"path"`
	store.Stamp
}

func stampsOf(sources []store.Source) []stamped {
	var all []stamped
	for _, s := range sources {
		all = append(all, stamped{text(s.Path), s.Stamp})
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

// copies are the verified files of a run in one backup, by name.
type copies map[string]verified

// verified is a file in a backup that has been read back. Content is empty
// when it has changed since.
type verified struct {
	Generation int64       `json:"generation"`
	Content    string      `json:"content_sha256"`
	Info       backup.Info `json:"info"`
}

// is reports whether it is a copy of a generation with that content.
func (v verified) is(generation int64, content string) bool {
	return v.Generation == generation && v.Content == content && content != ""
}

// describes reports whether r was written beside the snapshot current.
func (r *record) describes(current *snapshot.Meta) bool {
	if current == nil {
		return r.Content == ""
	}
	return r.Generation == current.Generation && r.Content == current.ContentSHA256
}

// clone returns a copy that shares no map with r.
func (r *record) clone() record {
	c := *r
	c.Seen = map[store.Kind]seen{}
	for kind, s := range r.Seen {
		c.Seen[kind] = s
	}
	c.Backups = map[string]copies{}
	for location, files := range r.Backups {
		c.Backups[location] = copies{}
		for name, v := range files {
			c.Backups[location][name] = v
		}
	}
	return c
}

// unmeet forgets what the files of a run in a backup hold, though not that they are
// there: it is met again before anything is written.
func (r *record) unmeet(location string) {
	if len(r.Backups[location]) == 0 {
		delete(r.Backups, location)
	}
	for name, v := range r.Backups[location] {
		r.Backups[location][name] = verified{Info: v.Info}
	}
}

func (r *record) unmeetAll() {
	for location := range r.Backups {
		r.unmeet(location)
	}
}

// Record returns what is remembered of a run. The caller must not change it.
func (c *Catalog) Record(run string) record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).record
}

// Update changes what is remembered of a run, and writes it down. If that fails it
// is remembered until the catalog is closed.
func (c *Catalog) Update(run string, change func(*record)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hold(run)
	r := h.record.clone()
	change(&r)
	r.Run, r.Generation, r.Content = text(run), 0, ""
	if h.current != nil {
		r.Generation, r.Content = h.current.Generation, h.current.ContentSHA256
	}
	h.record = r
	content, err := json.Marshal(r)
	if err == nil {
		err = durable.WriteVolatile(c.root, recordName(run), content)
	}
	if err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	return nil
}

func recordName(run string) string {
	return path.Join(recordsDir, strings.TrimSuffix(snapshot.FileName(run), snapshotSuffix)+".json")
}

// scanRecords reads all records. One that cannot be read is as good as none.
func (c *Catalog) scanRecords() error {
	entries, err := fs.ReadDir(c.root.FS(), recordsDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		content, err := c.root.ReadFile(path.Join(recordsDir, e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		var r record
		if json.Unmarshal(content, &r) == nil && recordName(string(r.Run)) == path.Join(recordsDir, e.Name()) {
			c.hold(string(r.Run)).record = r
		}
	}
	return nil
}
