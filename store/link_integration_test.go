//go:build integration

package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/store"
)

// TestLinkOfAnotherIsNotFollowed creates links and files of several users, which needs root. Links
// of root are followed. A trainer's link is followed if the trainer owns the target and the trainer
// or root owns every link on the way.
func TestLinkOfAnotherIsNotFollowed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: run this as root")
	}
	const root, trainer, other = 0, 4711, 4712
	for name, test := range map[string]struct {
		link, onTheWay, file int
		want                 string
	}{
		"root's":                             {root, root, other, ""},
		"to one's own file":                  {trainer, root, trainer, ""},
		"over one's own link":                {trainer, trainer, trainer, ""},
		"to another's file":                  {trainer, root, other, "uid 4711 owns the link, but its target belongs to uid 4712"},
		"to root's file":                     {trainer, root, root, "uid 4711 owns the link, but its target belongs to uid 0"},
		"to another's over the other's link": {trainer, other, other, "uid 4711 owns the link"},
		"to one's own over another's link":   {trainer, other, trainer, "uid 4712 owns the link"},
		"root's over another's link":         {root, trainer, other, "uid 4711 owns the link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := newTree(t)
			disk := t.TempDir()
			tree.write("run", row{0, 1})
			tree.write("unaffected", row{0, 1})
			tree.do(os.Rename(tree.path("training_stats/run"), filepath.Join(disk, "data")))
			tree.do(os.Symlink("data", filepath.Join(disk, "on the way")))
			tree.symlink(filepath.Join(disk, "on the way"), "training_stats/run")
			tree.do(errors.Join(
				os.Lchown(filepath.Join(disk, "data"), test.file, test.file), os.Lchown(filepath.Join(disk, "on the way"), test.onTheWay, root),
				os.Lchown(tree.path("training_stats/run"), test.link, root)))
			_, statErr := tree.Stat("run", store.Training)
			file, readErr := tree.ReadTraining(t.Context(), "run", nil)
			for _, err := range []error{statErr, readErr} {
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("%v, want %q", err, test.want)
				}
			}
			if (file.Rows.Len() > 0) != (test.want == "") {
				t.Errorf("%d rows were read", file.Rows.Len())
			}
			if runs, err := tree.Runs(); strings.Join(runs, " ") != "run unaffected" || err != nil {
				t.Errorf("runs %q, %v", runs, err)
			}
			if _, err := store.WriteTraining(openRoot(t, tree.Dir), "run", "", training(row{0, 2})); (err == nil) != (test.want == "") {
				t.Errorf("write: %v", err)
			}
		})
	}
}

// TestLinkedKindOfAnotherIsNotFollowed has a trainer's link in place of the directory of a kind.
func TestLinkedKindOfAnotherIsNotFollowed(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.do(os.Remove(tree.path("validation_scores/run")))
	disk := filepath.Join(t.TempDir(), "disk")
	tree.do(os.Rename(tree.path("training_stats"), disk))
	tree.symlink(disk, "training_stats")
	tree.do(os.Lchown(tree.path("training_stats"), 4711, 4711))
	if runs, err := tree.Runs(); err == nil || len(runs) > 0 {
		t.Errorf("runs %q, %v", runs, err)
	}
	var unreadable *store.TreeError
	if _, err := tree.ReadTraining(t.Context(), "run", nil); !errors.As(err, &unreadable) {
		t.Errorf("read: %v", err)
	}
	tree.do(os.Chown(disk, 4711, 4711))
	if runs, err := tree.Runs(); err != nil || len(runs) != 1 {
		t.Errorf("once the trainer owns it: runs %q, %v", runs, err)
	}
}

func openRoot(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}
