package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"statsmirror/store"
)

func TestFilesOfOtherProgramsAreLeftOut(t *testing.T) {
	t.Parallel()
	tree := store.Tree{Ignore: []string{"*.bak"}}
	for _, name := range []string{
		".nfs000000000a1b2c3d00000001", ".fuse_hidden0000000100000001", ".DS_Store", "._cells", "cells~", ".cells.swp", "#cells#", ".#cells",
		".cells.Ab3dE9", ".syncthing.cells.tmp", "~syncthing~cells.tmp", "cells.sync-conflict-20240101-120000-ABCDEFG",
		".cells.~1a2b", "cells (conflicted copy 2024-01-01)", "cells.bak",
	} {
		if !tree.Ignores(name) {
			t.Errorf("%s counts as a run", name)
		}
	}
	for _, name := range []string{"cells", "cells.old", ".cells", "~", "#", "cells.Ab3dE9", "run-1", "a~b", ".cells.v2", "cells (copy)", "-x"} {
		if tree.Ignores(name) {
			t.Errorf("the run %s is ignored", name)
		}
	}
}

// TestFilesInARunDirectoryAreLeftOut has a run directory. It also holds files of other programs,
// and a file that only a pattern of the tree matches.
func TestFilesInARunDirectoryAreLeftOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	defer root.Close()
	_, err = store.WriteTraining(root, "rows", "", training(row{0, 1}, row{1, 2}, row{2, 3}))
	check(err)
	rows, err := os.ReadFile(filepath.Join(dir, "training_stats", "rows"))
	check(err)
	run := filepath.Join(dir, "training_stats", "run")
	check(os.Mkdir(run, 0o755))
	then := time.Now().Add(-time.Hour)
	for name, content := range map[string][]byte{"part": rows, "part.bak": rows[:len(rows)/2], "part~": rows[:len(rows)/2]} {
		check(os.WriteFile(filepath.Join(run, name), content, 0o644))
		check(os.Chtimes(filepath.Join(run, name), then, then))
	}
	tree := store.Tree{Dir: dir, Ignore: []string{"*.bak"}}
	file, err := tree.ReadTraining(t.Context(), "run", nil)
	check(err)
	if len(file.Sources) != 1 || file.Sources[0].Path != "training_stats/run/part" || file.Rows.Len() != 3 {
		t.Errorf("read %d rows of %v", file.Rows.Len(), file.Sources)
	}
	left, err := tree.LeftOut()
	check(err)
	if want := []string{"training_stats/run/part.bak", "training_stats/run/part~"}; !slices.Equal(left, want) {
		t.Errorf("ignored: %v", left)
	}
	if _, err := (store.Tree{Dir: dir}).ReadTraining(t.Context(), "run", nil); err == nil {
		t.Error("a torn file is ignored although no pattern matches it")
	}
}
