package mirror

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"

	"statsmirror/mirror/backup/backuptest"
)

// damagedEndedSite returns a site whose catalog has a damaged first generation of 20000 rows: one
// bit of its footer is wrong. It also returns the file's content before and after.
func damagedEndedSite(t *testing.T) (s *site, whole, content []byte) {
	s = newSite(t)
	c := s.open()
	m := s.mirror(c)
	s.StoreTraining("run", training(0, 20000, 0))
	s.Check(m.SyncAll(context.Background(), nil))
	s.StoreTraining("run", training(0, 10, 1))
	s.Check(m.SyncAll(context.Background(), nil))
	s.Check(c.Close())
	name := filepath.Join(s.State(), snapshot.HistoryPath("run", 1))
	whole, err := os.ReadFile(name)
	s.Check(err)
	content = bytes.Clone(whole)
	content[len(content)-100] ^= 1
	s.Check(os.WriteFile(name, content, 0o644))
	return s, whole, content
}

// below reports whether a file below dir has the content.
func below(t *testing.T, dir string, content []byte) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		is, err := os.ReadFile(name)
		found = found || bytes.Equal(is, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDamagedEndedGenerationIsKeptBesideOtherRows(t *testing.T) {
	for what, theirs := range map[string]*snapshot.Snapshot{
		"an older state of the generation": {Run: "run", Generation: 1, Training: training(0, 5, 0)},
		"another life":                     {Run: "run", Generation: 1, Training: training(0, 3, 77)},
		"two ended ones":                   {Run: "run", Generation: 2, Training: training(0, 3, 77)},
	} {
		t.Run(what, func(t *testing.T) {
			s, whole, content := damagedEndedSite(t)
			b, again := backuptest.NewFake("backup"), backuptest.NewFake("again")
			if theirs.Generation > 1 {
				plant(t, b, snapshot.HistoryPath("run", 1), &snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 4, 78)})
			}
			plant(t, b, snapshot.Path("run"), theirs)
			c := s.open()
			s.Check(s.mirror(c, b).SyncAll(context.Background(), nil))
			if !below(t, s.State(), content) {
				t.Error("the damaged file was lost")
			}
			if !slices.Contains(s.Events(), event.Damaged) {
				t.Errorf("events are %v", s.Events())
			}
			found := livesBelow(t, s.State())
			if _, ok := found[theirs.Training.Loss.At(0)]; !ok {
				t.Errorf("the backup's rows are missing: %v", found)
			}
			s.Check(c.Close())

			// Another backup has the generation. Its hash identifies it, under any number.
			again.Write(snapshot.HistoryPath("run", 1), whole)
			c = s.open()
			s.Check(s.mirror(c, b, again).SyncAll(context.Background(), nil))
			found = livesBelow(t, s.State())
			if mended, err := readFile(found[0.5]); err != nil || mended.Training.Len() != 20000 {
				t.Errorf("the generation was not repaired: %v, %v", found, err)
			}
			if findings := archive.New(dir.New(s.State())).Verify(context.Background(), "run"); len(findings) > 0 {
				t.Errorf("verify finds %v", findings)
			}
		})
	}
}

func TestDamagedEndedGenerationIsLoggedAtStart(t *testing.T) {
	s, _, _ := damagedEndedSite(t)
	s.Check(s.mirror(s.open()).SyncAll(context.Background(), nil))
	if !slices.Contains(s.Events(), event.Damaged) {
		t.Errorf("events are %v", s.Events())
	}
}

// TestSettingAsideIsTriedAgain makes one sync of a directory fail while a damaged snapshot is set
// aside.
func TestSettingAsideIsTriedAgain(t *testing.T) {
	for _, synced := range []string{"damaged/1", snapshot.CurrentDir} {
		s := newSite(t)
		c := s.open()
		m := s.mirror(c)
		s.StoreTraining("run", training(0, 10, 0))
		s.Check(m.Sync(context.Background(), "run"))
		s.Damage(snapshot.Path("run"))
		failed := false
		stop := durable.Intercept(s.State(), func(op durable.Op) error {
			if op.Kind == durable.OpSyncDir && strings.HasSuffix(op.Path, synced) && !failed {
				failed = true
				return errors.New("input/output error, once")
			}
			return nil
		})
		s.StoreTraining("run", training(0, 20, 0))
		var err error
		for range 4 {
			err = m.Sync(context.Background(), "run")
		}
		stop()
		s.Check(err)
		if !failed {
			t.Errorf("%s: nothing failed", synced)
		}
		if current, _ := c.Current("run"); current == nil || current.TrainedUntil != 20 {
			t.Errorf("%s: current is %+v", synced, current)
		}
	}
}

func TestSnapshotThatSomeoneRemovesDelaysNothing(t *testing.T) {
	s := newSite(t)
	c := s.open()
	m := s.mirror(c)
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(m.Sync(context.Background(), "run"))
	s.Check(os.Remove(filepath.Join(s.State(), snapshot.Path("run"))))
	s.StoreTraining("run", training(0, 20, 0))
	var err error
	for range 4 {
		err = m.Sync(context.Background(), "run")
	}
	s.Check(err)
	if current, _ := c.Current("run"); current == nil || current.TrainedUntil != 20 {
		t.Errorf("current is %+v", current)
	}
}
