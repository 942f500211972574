package mirror

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"

	"statsmirror/mirror/backup/backuptest"
)

func TestArchiveReadsCatalogAndBackupAlike(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	runs := []string{" ", "a run", "b\xff", strings.Repeat("x", 255)}
	for _, run := range runs {
		s.lead(run, b)
	}
	for _, a := range []*archive.Archive{archive.New(dir.New(s.State())), archive.New(b)} {
		got, err := a.Runs(t.Context())
		s.Check(err)
		if diff := cmp.Diff(runs, got); diff != "" {
			t.Error(diff)
		}
		for _, run := range runs {
			for generation, until := range []int64{20, 10, 20} {
				loaded, err := a.Load(t.Context(), run, int64(generation))
				s.Check(err)
				meta, err := a.Meta(t.Context(), run, int64(generation))
				s.Check(err)
				if loaded.Training.TrainedUntil() != until || meta.TrainedUntil != until || meta.Run != run {
					t.Errorf("%q, generation %d: until %d, %+v", run, generation, loaded.Training.TrainedUntil(), meta)
				}
			}
			if findings := a.Verify(t.Context(), run); len(findings) > 0 {
				t.Error(findings)
			}
		}
		for _, err := range []error{
			func() error { _, err := a.Load(t.Context(), "nobody", 0); return err }(),
			func() error { _, err := a.Meta(t.Context(), "a run", 3); return err }(),
			func() error { _, err := a.History(t.Context(), "nobody"); return err }(),
		} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("error is %v", err)
			}
		}
	}
}

func TestVerifyFindsDamageAndMissingFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	s.lead("run", b)
	s.lead("other", b)
	a := archive.New(b)

	whole := b.Files()
	ended := whole[snapshot.HistoryPath("run", 1)]
	for name, c := range map[string]struct {
		file    string
		content []byte
		damaged bool
	}{
		"is missing":     {snapshot.HistoryPath("run", 1), nil, false},
		"damaged":        {snapshot.HistoryPath("run", 1), ended[:len(ended)-1], true},
		"other":          {snapshot.HistoryPath("run", 1), whole[snapshot.HistoryPath("other", 1)], false},
		"generation 2":   {snapshot.HistoryPath("run", 1), whole[snapshot.Path("run")], false},
		"is missing now": {snapshot.Path("run"), nil, false},
	} {
		if b.Write(c.file, c.content); c.content == nil {
			b.Delete(c.file)
		}
		findings := a.Verify(t.Context(), "run")
		if len(findings) != 1 || findings[0].Path != c.file || findings[0].Damaged != c.damaged ||
			!strings.Contains(findings[0].Problem, strings.TrimSuffix(name, " now")) {
			t.Errorf("%s: found %+v", name, findings)
		}
		b.SetFiles(whole)
	}
}

func TestVerifyWithAnOldListing(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	s.live("run", s.mirror(c, b), 2)
	for what, change := range map[string]func(){
		"overwritten": func() {
			s.StoreTraining("run", training(0, 10, 50))
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
		},
		"pruned": func() { s.Check(s.prune(c, 1, b)) },
	} {
		listed, err := archive.New(b).Listed(t.Context())
		s.Check(err)
		change()
		if findings := listed.Verify(t.Context(), "run"); len(findings) > 0 {
			t.Errorf("%s meanwhile: %v", what, findings)
		}
	}
}

// TestSparseSnapshotOf100GB shows that nothing allocates room for a file before it is known to be a
// snapshot.
func TestSparseSnapshotOf100GB(t *testing.T) {
	s := newSite(t)
	name := filepath.Join(s.State(), snapshot.Path("run"))
	s.Check(errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, nil, 0o644), os.Truncate(name, 100<<30)))
	a := archive.New(dir.New(s.State()))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, content := a.Content(t.Context(), "run", 0)
	_, load := a.Load(t.Context(), "run", 0)
	runtime.ReadMemStats(&after)
	if !archive.IsDamaged(content) || !archive.IsDamaged(load) {
		t.Errorf("errors are %v, %v", content, load)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}
