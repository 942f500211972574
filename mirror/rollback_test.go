package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
)

// TestDamagedCopyThatIsNewerThanTheCatalogIsKept rolls the catalog back to an older copy, and tears
// the newer snapshot in the backup.
func TestDamagedCopyThatIsNewerThanTheCatalogIsKept(t *testing.T) {
	s, b := newSite(t), backuptest.NewFake("b")
	ctx := context.Background()
	pass := func() {
		t.Helper()
		c, err := catalog.Open(s.State())
		s.Check(err)
		defer c.Close()
		s.Check(s.mirror(c, b).SyncAll(ctx, nil))
	}
	older := filepath.Join(s.Dir, "older")
	s.StoreTraining("run", training(0, 5, 0))
	pass()
	s.Check(os.CopyFS(older, os.DirFS(s.State())))
	s.StoreTraining("run", training(0, 9, 0))
	pass()
	s.LoseCatalog()
	s.Check(os.Rename(older, s.State()))
	s.StoreTraining("run", training(0, 5, 0))
	name := snapshot.Path("run")
	torn := b.Content(name)[:len(b.Content(name))/2]
	b.Write(name, torn)
	for range 2 { // it is copied only once
		pass()
	}
	names := b.Names()
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, damagedDir+"/") })
	if len(names) != 1 || !bytes.Equal(b.Content(names[0]), torn) {
		t.Errorf("the torn snapshot is not kept: %q", names)
	}
	if got := s.load(archive.New(b), "run"); got.Training.Len() != 5 {
		t.Errorf("the backup has %d rows, want 5", got.Training.Len())
	}
	if n := s.Logs.FilterField(event.Is(event.BackupDamaged)).Len(); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// TestGenerationsThatMoveKeepADamagedFile has a catalog and a backup with two lives each. The
// catalog's move behind the backup's, one of them to the place of a damaged file.
func TestGenerationsThatMoveKeepADamagedFile(t *testing.T) {
	t.Parallel()
	for at := int64(1); at <= 7; at++ {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			s, other, b := newSite(t), newSite(t), backuptest.NewFake("backup")
			live := func(s *site, from int, backups ...backup.Backup) {
				c := s.open()
				for life := from; life < from+3; life++ {
					s.StoreTraining("run", training(0, 10, float64(life)))
					s.Check(s.mirror(c, backups...).SyncAll(t.Context(), nil))
				}
				s.Check(c.Close())
			}
			live(other, 0, b)
			live(s, 10)
			before := livesBelow(t, s.State())
			name := filepath.Join(s.State(), snapshot.HistoryPath("run", at))
			torn, err := os.ReadFile(name)
			if err != nil { // a generation that it does not have
				torn, err = os.ReadFile(filepath.Join(s.State(), snapshot.Path("run")))
				s.Check(err)
			} else {
				maps.DeleteFunc(before, func(_ float64, file string) bool { return file == name })
			}
			torn = torn[:len(torn)/2]
			s.Check(os.WriteFile(name, torn, 0o600))
			s.Check(s.mirror(s.open(), b).SyncAll(t.Context(), nil))
			found := livesBelow(t, s.State())
			for life := range before {
				if found[life] == "" {
					t.Errorf("life %v is lost", life)
				}
			}
			for life := range 3 {
				if found[float64(life)+0.5] == "" {
					t.Errorf("life %d of the backup is not adopted", life)
				}
			}
			if !below(t, s.State(), torn) {
				t.Error("the damaged file was lost")
			}
		})
	}
}

// TestRolledBackCatalogOverwritesNothing restores an older catalog. The backup's newer files, whole
// or damaged, hold rows that the catalog has never seen.
func TestRolledBackCatalogOverwritesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", snapshot.HistoryPath("run", 1), snapshot.HistoryPath("run", 2)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := newSite(t), backuptest.NewFake("b")
			older := filepath.Join(s.Dir, "older")
			for life := range 3 {
				c := s.open()
				s.StoreTraining("run", training(0, 10, float64(life)))
				s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
				s.Check(c.Close())
				if life == 0 {
					s.Check(os.CopyFS(older, os.DirFS(s.State())))
				}
			}
			s.LoseCatalog()
			s.Check(os.Rename(older, s.State()))
			s.StoreTraining("run", training(0, 10, 3))
			var torn []byte
			if name != "" {
				torn = b.Content(name)[:len(b.Content(name))/2]
				b.Write(name, torn)
			}
			err := s.mirror(s.open(), b).SyncAll(t.Context(), nil)
			if name == "" {
				s.Check(err)
				found := livesBelow(t, s.State())
				for life := range 4 {
					if found[float64(life)+0.5] == "" {
						t.Errorf("life %d is lost", life)
					}
				}
			} else if !errors.Is(err, catalog.ErrRefused) || !bytes.Equal(b.Content(name), torn) {
				t.Errorf("the damaged file is replaced: %v", err)
			}
		})
	}
}

// TestSwapWhileARunIsCopiedLosesNoRows lets another service write its snapshot of a run just before
// an object store answers a request for the run.
func TestSwapWhileARunIsCopiedLosesNoRows(t *testing.T) {
	backuptest.SetKeys(t)
	var theirs bytes.Buffer
	if _, err := snapshot.Write(&theirs, &snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 15, 77)}); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodPut} {
		for _, store := range []*backuptest.ObjectStore{{}, {OpaqueETags: true}, {OpaqueETags: true, IgnoresMatch: true}} {
			s := newSite(t)
			b := openMetered(t, store, "host")
			synctest.Test(t, func(t *testing.T) {
				s.StoreTraining("run", training(0, 10, 0))
				c := s.open()
				s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
				c = s.reopen(c, s.forgetRecords)
				s.StoreTraining("run", training(0, 20, 0))
				object, swapped := "bucket/host/"+snapshot.Path("run"), false
				store.Before = func(r *http.Request) {
					if r.Method == method && r.URL.Path == "/"+object && !swapped {
						swapped = true
						store.Swap(object, theirs.String())
					}
				}
				s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
				store.Before = nil
				if found := livesBelow(t, s.State()); !swapped || found[0.5] == "" || found[77.5] == "" {
					t.Errorf("%s: %+v: swapped: %v; kept are %v", method, store, swapped, found)
				}
				if findings := archive.New(b).Verify(t.Context(), "run"); len(findings) > 0 {
					t.Error(findings)
				}
			})
		}
	}
}

// TestDamagedCopyIsReplacedOnlyIfItIsKept has a different file in the place of the copy aside.
func TestDamagedCopyIsReplacedOnlyIfItIsKept(t *testing.T) {
	s, b := newSite(t), backuptest.NewFake("b")
	s.lead("run", b)
	name := snapshot.Path("run")
	torn := b.Content(name)[:len(b.Content(name))/2]
	sum := sha256.Sum256([]byte(name + "\n" + backuptest.Info(name, torn).Version))
	aside := path.Join(damagedDir, hex.EncodeToString(sum[:8]), path.Base(name))
	b.Write(name, torn)
	b.Write(aside, []byte("other"))
	err := s.mirror(s.open(), b).SyncAll(t.Context(), nil)
	if !errors.Is(err, catalog.ErrRefused) || !strings.Contains(err.Error(), "move "+name) || !bytes.Equal(b.Content(name), torn) {
		t.Errorf("error is %v", err)
	}
}
