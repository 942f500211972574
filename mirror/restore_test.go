package mirror

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/restore"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

func TestRestoreWritesTheFilesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	s.StoreTraining("run", training(0, 100, 0))
	s.StoreValidation("run", validation(0, 10, 20))
	s.Check(m.Sync(t.Context(), "run"))
	snap, err := loadCurrent(m.catalog, "run")
	s.Check(err)
	to := filepath.Join(s.Dir, "to")
	for _, unchanged := range []bool{false, true} {
		restored, err := restore.Write(t.Context(), to, snap, restore.Options{})
		s.Check(err)
		if len(restored) != 2 {
			t.Fatalf("restored %+v", restored)
		}
		for _, r := range restored {
			original, err := os.ReadFile(filepath.Join(s.Stats(), string(r.Kind), "run"))
			s.Check(err)
			written, err := os.ReadFile(r.Path)
			s.Check(err)
			if !r.Identical || r.Unchanged != unchanged || string(original) != string(written) {
				t.Errorf("restored %+v", r)
			}
		}
	}
}

func TestRestoredBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	s.StoreTraining("run", training(0, 100, 0))
	s.StoreValidation("run", validation(0, 10, 20))
	s.Check(m.Sync(t.Context(), "run"))
	asked := 0
	before := func() int {
		return len(restore.AlreadyThere(t.Context(), s.Stats(), "run", func() (snapshot.Meta, error) {
			asked++
			return archive.New(dir.New(s.State())).Meta(t.Context(), "run", 0)
		}))
	}
	if got := before(); got != 2 {
		t.Errorf("%d files are unchanged, want 2", got)
	}
	for name, change := range map[string]func(){
		"one is missing": func() { s.Remove(store.Validation, "run") },
		"more rows":      func() { s.StoreTraining("run", training(0, 101, 0)) },
		"another row":    func() { s.StoreTraining("run", training(0, 100, 1)) },
		"torn":           func() { s.Tear(filepath.Join(s.Stats(), string(store.Training), "run")) },
	} {
		s.StoreTraining("run", training(0, 100, 0))
		s.StoreValidation("run", validation(0, 10, 20))
		change()
		if got := before(); got != 0 {
			t.Errorf("%s: %d files count as restored", name, got)
		}
	}
	s.Check(os.RemoveAll(s.Stats()))
	asked = 0
	if got := before(); got != 0 || asked != 0 {
		t.Errorf("without files %d count as restored, after %d questions", got, asked)
	}
}

func TestRestoreReplacesNoFileThatHoldsMore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	snap := &snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 50, 0)}
	file := filepath.Join(s.Stats(), string(store.Training), "run")
	s.StoreTraining("run", training(0, 1, 0))
	old := func() { s.Age("training_stats/run") }
	for name, c := range map[string]struct {
		there   func()
		refused bool
	}{
		"fewer rows":         {func() { s.StoreTraining("run", training(0, 20, 0)) }, false},
		"more rows":          {func() { s.StoreTraining("run", training(0, 51, 0)) }, true},
		"other rows":         {func() { s.StoreTraining("run", training(0, 20, 1)) }, true},
		"torn, fewer rows":   {func() { s.StoreTraining("run", training(0, 40, 0)); s.Tear(file); old() }, false},
		"torn, other rows":   {func() { s.StoreTraining("run", training(0, 40, 1)); s.Tear(file); old() }, true},
		"empty":              {func() { s.Check(os.WriteFile(file, nil, 0o644)); old() }, false},
		"no validation rows": {func() { s.StoreTraining("run", training(0, 50, 0)); s.StoreValidation("run", validation(0, 10)) }, false},
	} {
		c.there()
		before, err := os.ReadFile(file)
		s.Check(err)
		_, err = restore.Write(t.Context(), s.Stats(), snap, restore.Options{})
		if _, refused := errors.AsType[*restore.HoldsMoreError](err); refused != c.refused || err != nil != c.refused {
			t.Errorf("%s: error is %v", name, err)
		}
		if after, err := os.ReadFile(file); err != nil || c.refused && string(after) != string(before) {
			t.Errorf("%s: the file was changed: %v", name, err)
		}
		restored, err := restore.Write(t.Context(), s.Stats(), snap, restore.Options{Force: true})
		s.Check(err)
		if len(restored) != 1 || restored[0].Rows != 50 {
			t.Errorf("%s: restored %+v", name, restored)
		}
	}
}

// TestRestoreReplacesNoFileThatMayBeUnderWay tries to replace files that end in the middle and
// changed just now, and a file that is not a pickle.
func TestRestoreReplacesNoFileThatMayBeUnderWay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	snap := &snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 50, 0)}
	file := filepath.Join(s.Stats(), string(store.Training), "run")
	s.StoreTraining("run", training(0, 40, 0))
	for name, there := range map[string]func(){
		"torn":         func() { s.StoreTraining("run", training(0, 40, 0)); s.Tear(file) },
		"empty":        func() { s.Check(os.WriteFile(file, nil, 0o644)) },
		"not a pickle": func() { s.Check(os.WriteFile(file, []byte("Some notes"), 0o644)) },
	} {
		there()
		before, err := os.ReadFile(file)
		s.Check(err)
		_, err = restore.Write(t.Context(), s.Stats(), snap, restore.Options{})
		_, busy := errors.AsType[*restore.BusyError](err)
		_, foreign := errors.AsType[*restore.ForeignError](err)
		if !busy && !foreign || foreign != (name == "not a pickle") {
			t.Errorf("%s: error is %v", name, err)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
			t.Errorf("%s: the file was changed: %v", name, err)
		}
		_, err = restore.Write(t.Context(), s.Stats(), snap, restore.Options{Force: true})
		s.Check(err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
}
