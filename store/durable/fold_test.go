package durable

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// folding looks up names like a file system that takes two names for one if fold makes them equal.
type folding struct {
	*os.Root
	fold func(string) string
}

// Lstat implements [Names].
func (f folding) Lstat(name string) (fs.FileInfo, error) {
	names, err := fs.ReadDir(f.FS(), path.Dir(name))
	if err != nil {
		return nil, err
	}
	for _, e := range names {
		if f.fold(e.Name()) == f.fold(path.Base(name)) {
			return e.Info()
		}
	}
	return nil, fs.ErrNotExist
}

func composed(name string) string { return strings.ReplaceAll(name, "e\u0301", "\u00e9") }

func TestFoldsFindsHowNamesMayDiffer(t *testing.T) {
	t.Parallel()
	for want, fold := range map[string]func(string) string{
		"": strings.Clone, "case": strings.ToLower, "the form of Unicode": composed,
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if got := Folds(folding{root, fold}, "."); got != want {
			t.Errorf("Folds is %q, want %q", got, want)
		}
		if left, err := fs.ReadDir(root.FS(), "."); err != nil || len(left) > 0 {
			t.Errorf("files left: %q, %v", left, err)
		}
	}
}

func TestFoldsIsEmptyWhereItMayNotWrite(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if got := Folds(folding{root, strings.ToLower}, "missing"); got != "" {
		t.Error(got)
	}
}

func TestSpelled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"Run.parquet", "\u00e9", "00000001"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{
		"Run.parquet": true, "run.parquet": false, "RUN.PARQUET": false, "\u00e9": true, "e\u0301": false, "\u00c9": false, "00000001": true,
	} {
		in := folding{root, func(s string) string { return strings.ToLower(composed(s)) }}
		if got, err := Spelled(in, name); err != nil || got != want {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}
