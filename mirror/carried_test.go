package mirror

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// TestRestartIsOneGeneration starts a run over under the same name. The trainer replaces the
// training stats first, or the validation scores, and the service sees each change.
func TestRestartIsOneGeneration(t *testing.T) {
	t.Parallel()
	first := snapshot.Snapshot{Training: training(0, 20, 0), Validation: validation(0, 9, 19)}
	second := snapshot.Snapshot{Training: training(0, 10, 1), Validation: validation(1, 9)}
	stores := []func(s *site, of snapshot.Snapshot){
		func(s *site, of snapshot.Snapshot) { s.StoreTraining("run", of.Training) },
		func(s *site, of snapshot.Snapshot) { s.StoreValidation("run", of.Validation) },
	}
	for order, kinds := range map[string][]int{"training first": {0, 1}, "validation first": {1, 0}} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := backuptest.NewFake("backup")
			sync := func(want ...string) {
				t.Helper()
				c := s.open()
				s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
				s.Check(c.Close())
				s.WantEvents(want...)
			}
			stores[0](s, first)
			stores[1](s, first)
			sync(event.Stored, event.Mirrored)
			stores[kinds[0]](s, second)
			sync(event.Overwritten, event.Mirrored)
			stores[kinds[1]](s, second)
			sync(event.Extended, event.Mirrored)
			s.wantGenerations(b, first, second)
		})
	}
}

// wantGenerations checks that the catalog and a backup have exactly these generations of a run.
func (s *site) wantGenerations(b backup.Reader, want ...snapshot.Snapshot) {
	s.T.Helper()
	for _, place := range []backup.Reader{dir.New(s.State()), b} {
		a := archive.New(place)
		history, err := a.History(s.T.Context(), "run")
		s.Check(err)
		var got, all []string
		for _, m := range history {
			got = append(got, m.ContentSHA256)
		}
		for i := range want {
			all = append(all, snapshot.ContentSHA256(&want[i]))
		}
		if diff := cmp.Diff(all, got); diff != "" {
			s.T.Errorf("%s: generations (-want +got):\n%s", place, diff)
		}
		for _, f := range a.Verify(s.T.Context(), "run") {
			s.T.Errorf("%s: %s", place, f)
		}
	}
}

// TestCarriedRowsThatNoOtherGenerationHoldsEnd replaces the scores of a restarted run after the
// generation that they came from was lost or damaged.
func TestCarriedRowsThatNoOtherGenerationHoldsEnd(t *testing.T) {
	t.Parallel()
	name := snapshot.HistoryPath("run", 1)
	for how, lose := range map[string]func(s *site, c *catalog.Catalog){
		"removed by retention": func(s *site, c *catalog.Catalog) {
			s.Check(change(c, "run", func(tx *catalog.Tx) error { return tx.Remove([]int64{1}) }))
		},
		"missing":           func(s *site, _ *catalog.Catalog) { s.Check(os.Remove(filepath.Join(s.State(), name))) },
		"cut in half":       func(s *site, _ *catalog.Catalog) { s.Damage(name) },
		"changed in a page": func(s *site, _ *catalog.Catalog) { s.flip(name) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			c := s.open()
			m := s.mirror(c)
			sync := func() { t.Helper(); s.Check(m.Sync(t.Context(), "run")) }
			s.StoreTraining("run", training(0, 20, 0))
			s.StoreValidation("run", validation(0, 9, 19))
			sync()
			s.StoreTraining("run", training(0, 10, 1))
			sync()
			lose(s, c)
			s.StoreValidation("run", validation(1, 9))
			sync()
			a := archive.New(dir.New(s.State()))
			for generation, want := range map[int64]snapshot.Snapshot{
				2: {Training: training(0, 10, 1), Validation: validation(0, 9, 19)},
				3: {Training: training(0, 10, 1), Validation: validation(1, 9)},
			} {
				got, err := a.Load(t.Context(), "run", generation)
				s.Check(err)
				if snapshot.ContentSHA256(got) != snapshot.ContentSHA256(&want) {
					t.Errorf("generation %d has different rows", generation)
				}
			}
		})
	}
}

// flip changes a byte of the first page of a file of the catalog.
func (s *site) flip(name string) {
	s.T.Helper()
	file := filepath.Join(s.State(), name)
	content, err := os.ReadFile(file)
	s.Check(err)
	content[len("PAR1")+20] ^= 1
	s.Check(os.WriteFile(file, content, 0o644))
}

// TestPartOfARestartIsNoOtherLife has a catalog and a backup that know the same restart. One of
// them knows only its training stats.
func TestPartOfARestartIsNoOtherLife(t *testing.T) {
	t.Parallel()
	first := snapshot.Snapshot{Training: training(0, 20, 0), Validation: validation(0, 9, 19)}
	second := snapshot.Snapshot{Training: training(0, 12, 1), Validation: validation(1, 9)}
	for behind, lead := range map[string]func(s *site, b *backuptest.Fake, finish func()){
		"backup": func(s *site, b *backuptest.Fake, finish func()) {
			files := b.Files()
			finish()
			b.SetFiles(files)
		},
		"catalog": func(s *site, _ *backuptest.Fake, finish func()) {
			older := filepath.Join(s.Dir, "older")
			s.Check(os.CopyFS(older, os.DirFS(s.State())))
			finish()
			s.LoseCatalog()
			s.Check(os.Rename(older, s.State()))
		},
	} {
		t.Run(behind+" behind", func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := backuptest.NewFake("backup")
			sync := func() {
				t.Helper()
				c := s.open()
				s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
				s.Check(c.Close())
			}
			s.StoreTraining("run", first.Training)
			s.StoreValidation("run", first.Validation)
			sync()
			s.StoreTraining("run", training(0, 10, 1))
			sync()
			lead(s, b, func() {
				s.StoreTraining("run", second.Training)
				s.StoreValidation("run", second.Validation)
				sync()
			})
			s.Check(os.RemoveAll(filepath.Join(s.State(), recordsDir)))
			s.Remove(store.Training, "run")
			s.Remove(store.Validation, "run")
			sync()
			s.wantGenerations(b, first, second)
		})
	}
}
