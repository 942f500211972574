package mirror

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// indexed has four runs in the catalog and a backup: one with two generations, a plain one, one
// whose name only its snapshot contains, and an invalid one.
func indexed(t *testing.T) *site {
	t.Helper()
	s, b := newSite(t), backuptest.NewFake("backup")
	long := strings.Repeat("long", 63)
	s.StoreTraining("plain", training(0, 10, 0))
	s.StoreTraining(long, training(0, 10, 0))
	s.StoreValidation(long, validation(0, 10))
	s.StoreTraining("torn", training(0, 10, 0))
	s.lead("run", b)
	s.Tear(filepath.Join(s.Stats(), "training_stats", "torn"))
	s.Age("training_stats/torn")
	c := s.open()
	if err := s.mirror(c, b).SyncAll(t.Context(), nil); err == nil {
		t.Fatal("nothing is torn")
	}
	s.Check(c.Close())
	return s
}

// held is what a catalog holds of a run, for comparison.
type held struct {
	Meta    *snapshot.Meta
	Written time.Time
	Files   []catalog.File
	Record  catalog.Record
	Damaged bool
}

func (s *site) held() map[string]held {
	s.T.Helper()
	c, err := catalog.Open(s.State())
	s.Check(err)
	defer c.Close()
	all := map[string]held{}
	for _, run := range c.Runs() {
		meta, written := c.Current(run)
		all[run] = held{meta, written, c.Files(run), c.State(run).Record, c.Damaged(run)}
	}
	return all
}

// due returns the runs that a scan of the tree finds, in order.
func (s *site) due() []string {
	s.T.Helper()
	c, err := catalog.Open(s.State())
	s.Check(err)
	defer c.Close()
	due := []string{}
	s.Check(s.mirror(c).scan(s.T.Context(), func(run string) { due = append(due, run) }))
	slices.Sort(due)
	return due
}

// TestIndexKnowsWhatTheFilesSay compares the state read with an index with the state read without
// one. Only the index has the records.
func TestIndexKnowsWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	s := indexed(t)
	with := s.held()
	if diff := cmp.Diff([]string{"torn"}, s.due()); diff != "" {
		t.Errorf("due: %s", diff)
	}
	s.Check(os.Remove(filepath.Join(s.State(), indexPath)))
	without := s.held()
	if len(without) != 4 || len(with["run"].Record.Backups) == 0 || len(with["run"].Record.Seen) == 0 {
		t.Errorf("held %+v", with)
	}
	for run, h := range with {
		h.Record = without[run].Record
		if diff := cmp.Diff(without[run], h); diff != "" {
			t.Errorf("%q: %s", run, diff)
		}
	}
}

// TestIndexThatIsTorn cuts and corrupts the index at many offsets. Files are then read again, and
// no false entry is trusted.
func TestIndexThatIsTorn(t *testing.T) {
	t.Parallel()
	s := indexed(t)
	name := filepath.Join(s.State(), indexPath)
	want := s.held()
	whole, err := os.ReadFile(name)
	s.Check(err)
	for at := 0; at < len(whole); at += 29 {
		spoiled := slices.Clone(whole)
		spoiled[at] ^= 0x10
		for _, content := range [][]byte{whole[:at], spoiled, slices.Concat(whole[:at], make([]byte, 64), whole[at:])} {
			s.Check(os.WriteFile(name, content, 0o644))
			got := s.held()
			for run, h := range got {
				if h.Record = want[run].Record; cmp.Diff(want[run], h) != "" {
					t.Fatalf("at byte %d: %q: %s", at, run, cmp.Diff(want[run], h))
				}
			}
			if len(got) != len(want) || len(s.due()) < 1 {
				t.Fatalf("at byte %d: %d runs", at, len(got))
			}
		}
	}
}

// TestIndexIsNotTrustedOverTheFiles changes files of the catalog behind its back.
func TestIndexIsNotTrustedOverTheFiles(t *testing.T) {
	t.Parallel()
	ended := filepath.FromSlash(snapshot.HistoryPath("run", 1))
	current := filepath.FromSlash(snapshot.Path("run"))
	for name, change := range map[string]func(s *site) error{
		"another snapshot": func(s *site) error {
			return copyFile(filepath.Join(s.State(), current), filepath.Join(s.State(), ended))
		},
		"no snapshot":   func(s *site) error { return os.Remove(filepath.Join(s.State(), current)) },
		"torn snapshot": func(s *site) error { return os.Truncate(filepath.Join(s.State(), current), 100) },
		"no history":    func(s *site) error { return os.RemoveAll(filepath.Join(s.State(), filepath.Dir(ended))) },
		"torn history":  func(s *site) error { return os.Truncate(filepath.Join(s.State(), ended), 100) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := indexed(t)
			before := s.held()["run"]
			s.Check(change(s))
			with := s.held()["run"]
			s.Check(os.Remove(filepath.Join(s.State(), indexPath)))
			without := s.held()["run"]
			if strings.HasSuffix(name, "snapshot") && len(with.Record.Seen)+len(with.Record.Backups) > 0 {
				t.Errorf("it has the record of another snapshot: %+v", with.Record)
			}
			with.Record = without.Record
			if diff := cmp.Diff(without, with); diff != "" {
				t.Error(diff)
			}
			if before.Record = without.Record; cmp.Diff(before, without) == "" {
				t.Error("nothing has changed")
			}
		})
	}
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// TestIndexWithoutRoom fails to write an entry, half of which stays in the file. The next entries
// are kept.
func TestIndexWithoutRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(s.mirror(c).Sync(t.Context(), "run"))
	stop := durable.Intercept(s.State(), func(op durable.Op) error {
		if op.Kind == durable.OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	err := c.Update("run", func(r *catalog.Record) { r.GoneLogged = true })
	stop()
	if err == nil || !c.State("run").Record.GoneLogged {
		t.Errorf("error is %v", err)
	}
	s.Check(c.Update("other", func(r *catalog.Record) { r.GoneLogged = true }))
	s.Check(c.Close())
	c = s.open()
	if c.State("run").Record.GoneLogged || !c.State("other").Record.GoneLogged {
		t.Errorf("remembered: %+v, %+v", c.State("run").Record, c.State("other").Record)
	}
}
