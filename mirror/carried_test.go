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
		func(s *site, of snapshot.Snapshot) { s.storeTraining("run", of.Training) },
		func(s *site, of snapshot.Snapshot) { s.storeValidation("run", of.Validation) },
	}
	for order, kinds := range map[string][]int{"training first": {0, 1}, "validation first": {1, 0}} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := backuptest.NewFake("backup")
			sync := func(want ...string) {
				t.Helper()
				c := s.open()
				s.check(s.mirror(c, b).SyncAll(t.Context(), nil))
				s.check(c.Close())
				s.wantEvents(want...)
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

// wantGenerations holds the catalog and a backup to have these generations of a run and no
// others.
func (s *site) wantGenerations(b backup.Reader, want ...snapshot.Snapshot) {
	s.t.Helper()
	for _, place := range []backup.Reader{dir.New(s.state()), b} {
		a := archive.New(place)
		history, err := a.History(s.t.Context(), "run")
		s.check(err)
		var got, all []string
		for _, m := range history {
			got = append(got, m.ContentSHA256)
		}
		for i := range want {
			all = append(all, snapshot.ContentSHA256(&want[i]))
		}
		if diff := cmp.Diff(all, got); diff != "" {
			s.t.Errorf("%s: generations (-want +got):\n%s", place, diff)
		}
		for _, f := range a.Verify(s.t.Context(), "run") {
			s.t.Errorf("%s: %s", place, f)
		}
	}
}

// TestCarriedRowsThatNoOtherGenerationHoldsEnd replaces the scores of a restarted run when the
// generation that they came from is not there any more, or is damaged.
func TestCarriedRowsThatNoOtherGenerationHoldsEnd(t *testing.T) {
	t.Parallel()
	name := snapshot.HistoryPath("run", 1)
	for how, lose := range map[string]func(s *site, c *Catalog){
		"removed by retention": func(s *site, c *Catalog) {
			s.check(c.change("run", func(tx *Tx) error { return tx.Remove([]int64{1}) }))
		},
		"missing":           func(s *site, _ *Catalog) { s.check(os.Remove(filepath.Join(s.state(), name))) },
		"cut in half":       func(s *site, _ *Catalog) { s.damage(name) },
		"changed in a page": func(s *site, _ *Catalog) { s.flip(name) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			c := s.open()
			m := s.mirror(c)
			sync := func() { t.Helper(); s.check(m.Sync(t.Context(), "run")) }
			s.storeTraining("run", training(0, 20, 0))
			s.storeValidation("run", validation(0, 9, 19))
			sync()
			s.storeTraining("run", training(0, 10, 1))
			sync()
			lose(s, c)
			s.storeValidation("run", validation(1, 9))
			sync()
			a := archive.New(dir.New(s.state()))
			for generation, want := range map[int64]snapshot.Snapshot{
				2: {Training: training(0, 10, 1), Validation: validation(0, 9, 19)},
				3: {Training: training(0, 10, 1), Validation: validation(1, 9)},
			} {
				got, err := a.Load(t.Context(), "run", generation)
				s.check(err)
				if snapshot.ContentSHA256(got) != snapshot.ContentSHA256(&want) {
					t.Errorf("generation %d has other rows", generation)
				}
			}
		})
	}
}

// flip changes a byte of the first page of a file of the catalog.
func (s *site) flip(name string) {
	s.t.Helper()
	file := filepath.Join(s.state(), name)
	content, err := os.ReadFile(file)
	s.check(err)
	content[len("PAR1")+20] ^= 1
	s.check(os.WriteFile(file, content, 0o644))
}

// TestPartOfARestartIsNoOtherLife has a catalog and a backup know the same restart, one
// of them only its training stats.
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
			older := filepath.Join(s.dir, "older")
			s.check(os.CopyFS(older, os.DirFS(s.state())))
			finish()
			s.loseCatalog()
			s.check(os.Rename(older, s.state()))
		},
	} {
		t.Run(behind+" behind", func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := backuptest.NewFake("backup")
			sync := func() {
				t.Helper()
				c := s.open()
				s.check(s.mirror(c, b).SyncAll(t.Context(), nil))
				s.check(c.Close())
			}
			s.storeTraining("run", first.Training)
			s.storeValidation("run", first.Validation)
			sync()
			s.storeTraining("run", training(0, 10, 1))
			sync()
			lead(s, b, func() {
				s.storeTraining("run", second.Training)
				s.storeValidation("run", second.Validation)
				sync()
			})
			s.check(os.RemoveAll(filepath.Join(s.state(), recordsDir)))
			s.remove(store.Training, "run")
			s.remove(store.Validation, "run")
			sync()
			s.wantGenerations(b, first, second)
		})
	}
}
