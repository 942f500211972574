package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"

	"statsmirror/mirror/backup/backuptest"
)

// plant writes a snapshot into a backup under a name. Writing bounds its generation, so a higher
// one is not in the metadata.
func plant(t *testing.T, b *backuptest.Fake, name string, s *snapshot.Snapshot) {
	t.Helper()
	var buf bytes.Buffer
	if _, err := snapshot.Write(&buf, s); err != nil {
		t.Fatal(err)
	}
	b.Write(name, buf.Bytes())
}

// livesBelow returns the first loss of each whole snapshot below dir, with the file's name.
func livesBelow(t *testing.T, dir string) map[float64]string {
	t.Helper()
	all := map[float64]string{}
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, snapshot.Suffix) {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if s, err := snapshot.Read(bytes.NewReader(content), int64(len(content))); err == nil {
			all[s.Training.Loss.At(0)] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRunWithImpossibleGenerationsLosesNone has a backup with a generation whose number is so high
// that the next one overflows or has no name.
func TestRunWithImpossibleGenerationsLosesNone(t *testing.T) {
	for _, g := range []int64{snapshot.MostGenerations/2 + 1, snapshot.MostGenerations, math.MaxInt64 - 1, math.MaxInt64} {
		for _, ended := range []bool{true, false} {
			for _, life := range []float64{0, 77} {
				t.Run(fmt.Sprint(g, ended, life), func(t *testing.T) { keepsAllLives(t, g, ended, life) })
			}
		}
	}
}

func keepsAllLives(t *testing.T, g int64, ended bool, life float64) {
	s := newSite(t)
	b := backuptest.NewFake("backup")
	name := snapshot.Path("run")
	if ended {
		name = snapshot.HistoryPath("run", g)
	}
	plant(t, b, name, &snapshot.Snapshot{Run: "run", Generation: min(g, snapshot.MostGenerations), Training: training(0, 5, life)})
	before := b.Content(name)
	c := s.open()
	m := s.mirror(c, b)
	s.StoreTraining("other", training(0, 3, 0))
	for life := range 4 {
		s.StoreTraining("run", training(0, 10, float64(life)))
		if err := m.SyncAll(context.Background(), nil); !errors.Is(err, catalog.ErrRefused) || !strings.Contains(err.Error(), "move "+name) {
			t.Errorf("life %d: error is %v", life, err)
		}
	}
	found := livesBelow(t, s.State())
	for life := range 4 {
		if _, ok := found[float64(life)+0.5]; !ok {
			t.Errorf("life %d is lost: %v", life, found)
		}
	}
	if !bytes.Equal(before, b.Content(name)) {
		t.Error("the backup's file was replaced")
	}
	if !b.Has(snapshot.Path("other")) {
		t.Error("another run is held up")
	}
	if findings := archive.New(b).Verify(context.Background(), "run"); len(findings) == 0 {
		t.Error("verify finds nothing")
	}
}

// TestRunOfTheHighestGenerationIsKept shows that a run without a free number is not overwritten.
func TestRunOfTheHighestGenerationIsKept(t *testing.T) {
	s := newSite(t)
	c := s.open()
	rows := training(0, 10, 0)
	s.Check(change(c, "run", func(tx *catalog.Tx) error {
		_, err := tx.Commit(catalog.Commit{Write: func(w io.Writer) (snapshot.Meta, error) {
			return snapshot.Write(w, &snapshot.Snapshot{Run: "run", Generation: snapshot.MostGenerations, Training: rows})
		}})
		return err
	}))
	s.StoreTraining("run", training(0, 5, 1))
	if err := s.mirror(c).Sync(context.Background(), "run"); !errors.Is(err, snapshot.ErrNoNumber) {
		t.Errorf("error is %v", err)
	}
	if _, ok := livesBelow(t, s.State())[0.5]; !ok {
		t.Error("the last generation is lost")
	}
}

// TestEndNeverReplacesOtherRows writes over ended generations with different rows.
func TestEndNeverReplacesOtherRows(t *testing.T) {
	s := newSite(t)
	c := s.open()
	s.mirror(c)
	for life := range 3 {
		s.Check(change(c, "run", func(tx *catalog.Tx) error {
			return tx.End(&snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 10, float64(life))})
		}))
	}
	s.Check(change(c, "run", func(tx *catalog.Tx) error { // it has all of the other's rows
		return tx.End(&snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 12, 2)})
	}))
	found := livesBelow(t, s.State())
	for life := range 3 {
		if _, ok := found[float64(life)+0.5]; !ok {
			t.Errorf("life %d is lost: %v", life, found)
		}
	}
	if len(found) != 3 {
		t.Errorf("there are %v", found)
	}
}
