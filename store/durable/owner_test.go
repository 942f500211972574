package durable

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDirectoryThatWasPutInThePlaceOfANewOneIsNotGivenAway has the owner of the directory
// above win the race between mkdir and open.
func TestDirectoryThatWasPutInThePlaceOfANewOneIsNotGivenAway(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, dir := range []string{"full/entry", "empty"} {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("empty", filepath.Join(root.Name(), "link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"empty": true, "full": false, "link": false} {
		f, err := root.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := isNew(root, name, f); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
		_ = f.Close()
	}
}
