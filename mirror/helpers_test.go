package mirror

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/event"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

var training, validation = statstest.Training, statstest.Validation

// site is a stats tree, a catalog directory, and a log, in a temporary
// directory.
type site struct {
	t     testing.TB
	dir   string
	files int
	logs  *observer.ObservedLogs
	log   *zap.Logger
}

func newSite(t testing.TB) *site {
	core, logs := observer.New(zap.DebugLevel)
	return &site{t: t, dir: t.TempDir(), logs: logs, log: zap.New(core)}
}

func (s *site) stats() string { return filepath.Join(s.dir, "stats") }
func (s *site) state() string { return filepath.Join(s.dir, "state") }
func (s *site) tree() store.Tree {
	return store.Tree{Dir: s.stats(), Quiet: time.Millisecond}
}

// check ends the test at an error.
func (s *site) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// open opens the catalog until the end of the test, or close.
func (s *site) open() *Catalog {
	s.t.Helper()
	c, err := OpenCatalog(s.state())
	s.check(err)
	s.t.Cleanup(func() { _ = c.Close() }) // is closed already in some tests
	return c
}

func (s *site) mirror(c *Catalog, backups ...backup.Backup) *Mirror {
	return New(s.tree(), c, backups, Options{Workers: 2, Log: s.log})
}

// storeTraining writes a stats file as if it had been there for a while.
func (s *site) storeTraining(run string, rows store.TrainingStats) {
	s.t.Helper()
	s.write(func(root *os.Root) (store.Source, error) { return store.WriteTraining(root, run, "", rows) })
}

func (s *site) storeValidation(run string, rows store.ValidationScores) {
	s.t.Helper()
	s.write(func(root *os.Root) (store.Source, error) { return store.WriteValidation(root, run, "", rows) })
}

func (s *site) write(write func(*os.Root) (store.Source, error)) {
	s.t.Helper()
	s.check(os.MkdirAll(s.stats(), 0o755))
	root, err := os.OpenRoot(s.stats())
	s.check(err)
	defer root.Close()
	source, err := write(root)
	s.check(err)
	s.age(source.Path)
}

// age makes a file look as if it was written a while ago.
func (s *site) age(name string) {
	s.t.Helper()
	s.files++
	then := time.Date(2026, 1, 1, 0, 0, s.files, 1, time.UTC)
	s.check(os.Chtimes(filepath.Join(s.stats(), name), then, then))
}

func (s *site) remove(kind store.Kind, run string) {
	s.t.Helper()
	s.check(os.Remove(filepath.Join(s.stats(), string(kind), run)))
}

// load reads the current snapshot of a run.
func (s *site) load(a *archive.Archive, run string) *snapshot.Snapshot {
	s.t.Helper()
	got, err := a.Load(context.Background(), run, 0)
	s.check(err)
	return got
}

// events returns the events that have been logged since the last call.
func (s *site) events() []string {
	var all []string
	for _, entry := range s.logs.TakeAll() {
		name, _ := entry.ContextMap()[event.FieldEvent].(string)
		all = append(all, name)
	}
	return all
}

// loseCatalog removes the catalog.
func (s *site) loseCatalog() {
	s.t.Helper()
	s.check(os.RemoveAll(s.state()))
}

// damage cuts a file of the catalog in half.
func (s *site) damage(name string) { s.tear(filepath.Join(s.state(), name)) }

// lead gives a run two generations, until 10 and until 20, and copies them to a
// backup. It leaves no catalog open and nothing in the log.
func (s *site) lead(run string, b *backuptest.Fake) {
	s.t.Helper()
	c := s.open()
	m := s.mirror(c, b)
	for _, rows := range []store.TrainingStats{training(0, 10, 0), training(0, 5, 1), training(0, 20, 1)} {
		s.storeTraining(run, rows)
		s.check(m.SyncAll(context.Background(), nil))
	}
	s.check(c.Close())
	s.events()
}

// tear cuts a file in half.
func (s *site) tear(file string) {
	s.t.Helper()
	info, err := os.Stat(file)
	s.check(err)
	s.check(os.Truncate(file, info.Size()/2))
}

// tearYesterday cuts a file in half so that it does not look as if a store was under way.
func (s *site) tearYesterday(file string) {
	s.t.Helper()
	s.tear(file)
	yesterday := time.Now().AddDate(0, 0, -1)
	s.check(os.Chtimes(file, yesterday, yesterday))
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
