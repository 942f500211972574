package statstest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"statsmirror/mirror/event"
	"statsmirror/store"
)

// Site is a stats tree, a catalog directory, and a log, in a temporary
// directory.
type Site struct {
	T    testing.TB
	Dir  string
	Logs *observer.ObservedLogs // everything logged to Log
	Log  *zap.Logger

	files int // number of stats files written
}

// NewSite returns a site in which nothing exists yet.
func NewSite(t testing.TB) *Site {
	core, logs := observer.New(zap.DebugLevel)
	return &Site{T: t, Dir: tempDir(t), Logs: logs, Log: zap.New(core)}
}

// tempDir returns a directory that lasts until the end of the test. It is in memory if there is
// room, so that tests need not wait for a disk; power cuts are simulated anyway.
func tempDir(t testing.TB) string {
	t.Helper()
	if _, measures := t.(*testing.B); measures {
		return t.TempDir() // TMPDIR chooses the disk
	}
	const memory, room = "/dev/shm", 256 << 20
	var stat unix.Statfs_t
	if unix.Statfs(memory, &stat) != nil || stat.Type != unix.TMPFS_MAGIC || int64(stat.Bavail)*stat.Bsize < room {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "statsmirror-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Stats returns the directory of the stats tree.
func (s *Site) Stats() string { return filepath.Join(s.Dir, "stats") }

// State returns the directory of the catalog.
func (s *Site) State() string { return filepath.Join(s.Dir, "state") }

// Tree returns the stats tree, with a quiet period of a millisecond.
func (s *Site) Tree() store.Tree {
	return store.Tree{Dir: s.Stats(), Quiet: time.Millisecond}
}

// Check ends the test if err is not nil.
func (s *Site) Check(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// StoreTraining writes the training stats of a run as if they were a while old.
func (s *Site) StoreTraining(run string, rows store.TrainingStats) {
	s.T.Helper()
	s.Write(func(root *os.Root) (store.Source, error) { return store.WriteTraining(root, run, "", rows) })
}

// StoreValidation writes the validation scores of a run as if they were a while old.
func (s *Site) StoreValidation(run string, rows store.ValidationScores) {
	s.T.Helper()
	s.Write(func(root *os.Root) (store.Source, error) { return store.WriteValidation(root, run, "", rows) })
}

// Write calls write to write a stats file, then makes the file look a while old.
func (s *Site) Write(write func(*os.Root) (store.Source, error)) {
	s.T.Helper()
	s.Check(os.MkdirAll(s.Stats(), 0o755))
	root, err := os.OpenRoot(s.Stats())
	s.Check(err)
	defer root.Close()
	source, err := write(root)
	s.Check(err)
	s.Age(source.Path)
}

// Age makes a file in the tree look a while old, but newer than those aged before.
func (s *Site) Age(name string) {
	s.T.Helper()
	s.files++
	then := time.Date(2026, 1, 1, 0, 0, s.files, 1, time.UTC)
	s.Check(os.Chtimes(filepath.Join(s.Stats(), name), then, then))
}

// Remove removes a stats file of a run.
func (s *Site) Remove(kind store.Kind, run string) {
	s.T.Helper()
	s.Check(os.Remove(filepath.Join(s.Stats(), string(kind), run)))
}

// Events returns the events logged since the last call.
func (s *Site) Events() []string {
	var all []string
	for _, entry := range s.Logs.TakeAll() {
		name, _ := entry.ContextMap()[event.FieldEvent].(string)
		all = append(all, name)
	}
	return all
}

// LoseCatalog removes the catalog.
func (s *Site) LoseCatalog() {
	s.T.Helper()
	s.Check(os.RemoveAll(s.State()))
}

// Damage cuts a file of the catalog in half. name is relative to the catalog.
func (s *Site) Damage(name string) { s.Tear(filepath.Join(s.State(), name)) }

// Tear cuts a file in half.
func (s *Site) Tear(file string) {
	s.T.Helper()
	info, err := os.Stat(file)
	s.Check(err)
	s.Check(os.Truncate(file, info.Size()/2))
}

// TearYesterday cuts a file in half and makes it so old that no store can be under way.
func (s *Site) TearYesterday(file string) {
	s.T.Helper()
	s.Tear(file)
	yesterday := time.Now().AddDate(0, 0, -1)
	s.Check(os.Chtimes(file, yesterday, yesterday))
}

// WantEvents checks the events logged since the last call.
func (s *Site) WantEvents(want ...string) {
	s.T.Helper()
	if diff := cmp.Diff(want, s.Events()); diff != "" {
		s.T.Errorf("events (-want +got):\n%s", diff)
	}
}
