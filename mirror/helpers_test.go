package mirror

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Rows that tests store.
var training, validation = statstest.Training, statstest.Validation

// Files and times that users also see.
const (
	indexPath    = "records/index"
	recordsDir   = "records"
	damagedDir   = "damaged"
	leaseName    = "writer.json"
	leaseRenewal = 5 * time.Minute
	mostLease    = 1 << 16 // bytes
)

// site is a site whose catalog is opened and mirrored.
type site struct{ *statstest.Site }

func newSite(t testing.TB) *site { return &site{statstest.NewSite(t)} }

// open opens the catalog until the end of the test, or close.
func (s *site) open() *catalog.Catalog {
	s.T.Helper()
	c, err := catalog.Open(s.State())
	s.Check(err)
	s.T.Cleanup(func() { _ = c.Close() }) // is closed already in some tests
	return c
}

func (s *site) mirror(c *catalog.Catalog, backups ...backup.Backup) *Mirror {
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
func change(c *catalog.Catalog, run string, do func(*catalog.Tx) error) error {
	tx := c.Begin(run)
	defer tx.Close()
	return do(tx)
}

// loadCurrent returns the current snapshot of a run, with the generation of its Head.
func loadCurrent(c *catalog.Catalog, run string) (*snapshot.Snapshot, error) {
	tx := c.Begin(run)
	defer tx.Close()
	head, err := tx.Head()
	if err != nil {
		return nil, err
	}
	defer head.Close()
	if head.TrainingRows+head.ValidationRows == 0 {
		return &snapshot.Snapshot{Run: run, Generation: head.Generation}, nil
	}
	s, err := readFile(filepath.Join(c.Dir(), snapshot.Path(run)))
	if err == nil {
		s.Generation = head.Generation
	}
	return s, err
}

// readFile reads a snapshot file.
func readFile(name string) (*snapshot.Snapshot, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return snapshot.Read(bytes.NewReader(content), int64(len(content)))
}
