package catalog

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Rows that tests store.
var training = statstest.Training

// site is a site whose catalog is opened and written without a mirror.
type site struct{ *statstest.Site }

func newSite(t testing.TB) *site { return &site{statstest.NewSite(t)} }

// open opens the catalog until the end of the test, or close.
func (s *site) open() *Catalog {
	s.T.Helper()
	c, err := Open(s.State())
	s.Check(err)
	s.T.Cleanup(func() { _ = c.Close() }) // some tests have closed it already
	return c
}

// change changes a run in a Tx.
func (c *Catalog) change(run string, do func(*Tx) error) error {
	tx := c.Begin(run)
	defer tx.Close()
	return do(tx)
}

// commit makes rows the current snapshot of a run, and ends the previous one.
func (s *site) commit(c *Catalog, run string, rows store.TrainingStats) {
	s.T.Helper()
	s.Check(c.change(run, func(tx *Tx) error {
		next := &snapshot.Snapshot{Run: run, Generation: 1, Training: rows}
		var ends *snapshot.Snapshot
		if tx.Current != nil {
			content, err := c.contentOf(snapshot.Path(run))
			if err != nil {
				return err
			}
			defer content.Close()
			if ends, err = content.ReadFrom(0); err != nil {
				return err
			}
			next.Generation = tx.Current.Generation + 1
		}
		_, err := tx.Commit(Commit{
			Ends:  ends,
			Write: func(w io.Writer) (snapshot.Meta, error) { return snapshot.Write(w, next) },
			Remember: func(r *Record) {
				r.Seen[store.Training] = SourceRecord{Files: []FileStamp{{Text("training_stats/" + run), store.Stamp{Inode: 1}}}}
			},
		})
		return err
	}))
}

// lead gives a run two generations, until 10 and until 20, and records their copies in a backup. It
// leaves no catalog open.
func (s *site) lead(run string) {
	s.T.Helper()
	c := s.open()
	s.commit(c, run, training(0, 10, 0))
	s.commit(c, run, training(0, 20, 1))
	files := c.Files(run)
	copied := map[string]time.Time{snapshot.Path(run): time.Unix(1, 2)}
	s.Check(c.UpdateCopies(run, "backup", func(copies Copies) {
		for _, f := range files {
			copies[f.Name] = RemoteFile{State: RemoteVerified, Generation: f.Generation, Content: f.Content, Info: backup.Info{Name: f.Name, Size: 1, Version: "1"}, Copied: copied[f.Name]}
		}
	}))
	s.Check(c.Close())
}

// held is the state of a run in a catalog, for comparison.
type held struct {
	Meta    *snapshot.Meta
	Written time.Time
	Damaged bool
	Files   []File
	Record  Record
}

func (s *site) held() map[string]held {
	s.T.Helper()
	c, err := Open(s.State())
	s.Check(err)
	defer c.Close()
	all := map[string]held{}
	for _, run := range c.Runs() {
		is := c.State(run)
		all[run] = held{is.Current, is.Written, is.Damaged, c.Files(run), is.Record}
	}
	return all
}

// index returns the path of the index.
func (s *site) index() string { return filepath.Join(s.State(), indexPath) }

// appendToIndex appends an entry of a run to the index.
func (s *site) appendToIndex(entry []byte) {
	s.T.Helper()
	f, err := os.OpenFile(s.index(), os.O_APPEND|os.O_WRONLY, 0)
	s.Check(err)
	_, err = f.Write(entry)
	s.Check(err)
	s.Check(f.Close())
}
