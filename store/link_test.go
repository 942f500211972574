package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"statsmirror/store"
)

// links are ways to move a run, or all runs of one kind, to another disk and link it back.
var links = map[string]func(tree statsTree, disk string){
	"kind": func(tree statsTree, disk string) {
		tree.do(os.Rename(tree.path("training_stats"), disk))
		tree.symlink(disk, "training_stats")
	},
	"file": func(tree statsTree, disk string) {
		tree.do(os.Rename(tree.path("training_stats/run"), disk))
		tree.symlink(disk, "training_stats/run")
	},
	"directory": func(tree statsTree, disk string) {
		tree.do(os.Mkdir(disk, 0o755))
		tree.do(os.Rename(tree.path("training_stats/run"), filepath.Join(disk, "stats")))
		tree.symlink(disk, "training_stats/run")
	},
	"chain": func(tree statsTree, disk string) {
		tree.do(os.Rename(tree.path("training_stats/run"), disk))
		tree.symlink(filepath.Dir(disk), "disk")
		tree.symlink("../disk/./"+filepath.Base(disk), "training_stats/other")
		tree.symlink("other", "training_stats/run")
	},
	"kind and file": func(tree statsTree, disk string) {
		tree.do(os.Rename(tree.path("training_stats"), disk))
		tree.symlink(disk, "training_stats")
		tree.do(os.Rename(filepath.Join(disk, "run"), disk+".run"))
		tree.do(os.Symlink(filepath.Base(disk)+".run", filepath.Join(disk, "..", "link")))
		tree.do(os.Symlink("../link", filepath.Join(disk, "run")))
	},
}

func TestLinkIsFollowed(t *testing.T) {
	t.Parallel()
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := newTree(t)
			tree.write("run", row{0, 1}, row{1, 1})
			link(tree, filepath.Join(t.TempDir(), "disk"))
			runs, err := tree.Runs()
			if err != nil || !slices.Contains(runs, "run") {
				t.Errorf("runs %q, %v", runs, err)
			}
			sources, err := tree.Stat("run", store.Training)
			if err != nil || len(sources) != 1 || !strings.HasPrefix(sources[0].Path, "training_stats/run") {
				t.Errorf("stat: %v, %v", sources, err)
			}
			var listed []string
			tree.do(tree.Each(t.Context(), func(kind store.Kind, entries []store.Entry) {
				for _, e := range entries {
					if kind == store.Training && (e.Link || !e.Dir && e.Name == "run" && e.Stamp != sources[0].Stamp) {
						t.Errorf("listed: %+v, of %+v", e, sources)
					}
					listed = append(listed, e.Name)
				}
			}))
			if !slices.Contains(listed, "run") {
				t.Errorf("listed %q", listed)
			}
			file, err := tree.ReadTraining(t.Context(), "run", nil)
			if err != nil || file.Rows.Len() != 2 {
				t.Errorf("read %d rows, %v", file.Rows.Len(), err)
			}
		})
	}
}

// A file that is restored, or stored as DaCapo does, is written at the link's target.
func TestLinkStaysWhenItsRunIsWritten(t *testing.T) {
	t.Parallel()
	for name, link := range links {
		if name == "directory" {
			continue // a run directory is not replaced
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := newTree(t)
			tree.write("run", row{0, 1}, row{1, 1})
			disk := filepath.Join(t.TempDir(), "disk")
			link(tree, disk)
			before := followed(t, tree, "training_stats/run")
			s := store.NewFileStatsStore(tree.Dir)
			tree.do(s.StoreTrainingStats("run", training(row{0, 1}, row{1, 1}, row{2, 1})))
			if after := followed(t, tree, "training_stats/run"); after != before {
				t.Errorf("moved from %s to %s", before, after)
			}
			if rows, err := s.RetrieveTrainingStats("run"); err != nil || rows.Len() != 3 {
				t.Errorf("%d rows, %v", rows.Len(), err)
			}
			tree.do(s.DeleteTrainingStats("run"))
			if _, err := os.Lstat(tree.path("training_stats/run")); !os.IsNotExist(err) {
				t.Errorf("deleted: %v", err)
			}
			if _, err := os.Lstat(tree.path("training_stats")); err != nil {
				t.Errorf("the kind: %v", err)
			}
		})
	}
}

func followed(t *testing.T, tree statsTree, name string) string {
	t.Helper()
	at, err := tree.Follow(name)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := filepath.EvalSymlinks(tree.path(name)); err != nil || at != want {
		t.Errorf("%s leads to %s, want %s, %v", name, at, want, err)
	}
	return at
}

// A link without a target in place of a kind is not an empty tree: its disk may not be mounted.
func TestLinkToNothing(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.symlink("nowhere", "training_stats/dangling")
	if _, err := tree.ReadTraining(t.Context(), "dangling", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read a run: %v", err)
	}
	tree.do(os.RemoveAll(tree.path("training_stats")))
	tree.symlink("nowhere", "training_stats")
	_, listErr := tree.Runs()
	_, readErr := tree.ReadTraining(t.Context(), "run", nil)
	for _, err := range []error{listErr, readErr} {
		if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "training_stats: the link to nowhere is not followed: its target does not exist; is its disk mounted?") {
			t.Errorf("%v", err)
		}
	}
}
