package store_test

import (
	"errors"
	"io/fs"
	"testing"

	"statsmirror/store"

	"github.com/google/go-cmp/cmp"
)

func inspect(t *testing.T, path string) *store.Inspection {
	t.Helper()
	i, err := store.Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestInspectFile(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.file("any name", pickled(t, row{1, 1}, row{0, 1}, row{1, 2}))
	tree.symlink("any name", "link")
	for _, name := range []string{"any name", "link"} {
		i := inspect(t, tree.path(name))
		if i.Kind != store.Training || i.RunName != "run" || i.Damage != nil || i.Rows() != 2 {
			t.Errorf("%s: %+v", name, i)
		}
		if diff := cmp.Diff([]row{{0, 1}, {1, 2}}, trainingRows(i.Training), compareRows); diff != "" {
			t.Error(diff)
		}
		if len(i.Problems) != 3 { // order, superseded rows, name
			t.Errorf("problems are %q", i.Problems)
		}
	}
}

func TestInspectSavesRows(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1}, row{1, 1}, row{2, 1})
	for _, kind := range store.Kinds {
		whole := tree.content(string(kind) + "/run")
		tree.file("torn", whole[:len(whole)-5])
		i := inspect(t, tree.path("torn"))
		if i.Kind != kind || i.Rows() != 2 || i.Damage == nil || !i.Damage.Torn() || i.RunName != "run" {
			t.Errorf("%s: %+v", kind, i)
		}
	}
}

func TestInspectTellsKindWithoutRowsByDirectory(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	for _, kind := range store.Kinds {
		tree.file(string(kind)+"/run", "\x80\x04].")
		if i := inspect(t, tree.path(string(kind)+"/run")); i.Kind != kind || i.Rows() != 0 || i.Damage != nil {
			t.Errorf("%s: %+v", kind, i)
		}
	}
}

func TestInspectRunDirectory(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.mkdir("run")
	tree.file("run/a", pickled(t, row{0, 1}))
	tree.file("run/b", pickled(t, row{1, 1}))
	if i := inspect(t, tree.path("run")); i.Rows() != 2 || len(i.Sources) != 2 || len(i.Problems) > 0 {
		t.Errorf("%+v", i)
	}
}

func TestInspectMissingFile(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.fifo("pipe")
	for _, name := range []string{"missing", "pipe", "training_stats"} {
		if _, err := store.Inspect(t.Context(), tree.path(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
