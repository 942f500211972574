package mirror

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Rows of the statistics that tests store.
var training, validation = statstest.Training, statstest.Validation

// site is a site whose catalog is opened and mirrored.
type site struct{ *statstest.Site }

func newSite(t testing.TB) *site { return &site{statstest.NewSite(t)} }

// open opens the catalog until the end of the test, or close.
func (s *site) open() *Catalog {
	s.T.Helper()
	c, err := OpenCatalog(s.State())
	s.Check(err)
	s.T.Cleanup(func() { _ = c.Close() }) // is closed already in some tests
	return c
}

func (s *site) mirror(c *Catalog, backups ...backup.Backup) *Mirror {
	return New(s.Tree(), c, backups, Options{Workers: 2, Log: s.Log})
}

// load reads the current snapshot of a run.
func (s *site) load(a *archive.Archive, run string) *snapshot.Snapshot {
	s.T.Helper()
	got, err := a.Load(context.Background(), run, 0)
	s.Check(err)
	return got
}

// lead gives a run two generations, until 10 and until 20, and copies them to a
// backup. It leaves no catalog open and nothing in the log.
func (s *site) lead(run string, b *backuptest.Fake) {
	s.T.Helper()
	c := s.open()
	m := s.mirror(c, b)
	for _, rows := range []store.TrainingStats{training(0, 10, 0), training(0, 5, 1), training(0, 20, 1)} {
		s.StoreTraining(run, rows)
		s.Check(m.SyncAll(context.Background(), nil))
	}
	s.Check(c.Close())
	s.Events()
}

// change changes a run in a Tx.
func (c *Catalog) change(run string, do func(*Tx) error) error {
	tx := c.Begin(run)
	defer tx.Close()
	return do(tx)
}

// Load returns the current snapshot of a run.
func (c *Catalog) Load(run string) (*snapshot.Snapshot, error) {
	tx := c.Begin(run)
	defer tx.Close()
	h, err := tx.Head()
	if err != nil {
		return nil, err
	}
	defer h.Close()
	content, err := c.contentOf(snapshot.Path(run))
	if errors.Is(err, fs.ErrNotExist) {
		return &snapshot.Snapshot{Run: run, Generation: h.Generation}, nil
	}
	if err != nil {
		return nil, err
	}
	defer content.Close()
	rows, err := content.ReadFrom(0)
	if err == nil {
		rows.Generation = h.Generation
	}
	return rows, err
}
