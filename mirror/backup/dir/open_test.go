package dir

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestHostileSwapBeforeAFileIsOpened replaces a file after it was found to be regular, but before
// it is opened.
func TestHostileSwapBeforeAFileIsOpened(t *testing.T) {
	t.Parallel()
	for what, swap := range map[string]func(path string) error{
		"a link to another": func(path string) error { return os.Symlink("other", path) },
		"another file":      func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"a pipe":            func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a directory":       func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		path := t.TempDir()
		name := filepath.Join(path, "file")
		root, err := os.OpenRoot(path)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.WriteFile(filepath.Join(path, "other"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		info, err := root.Lstat("file")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Rename(name, filepath.Join(path, "aside")), swap(name)); err != nil {
			t.Fatal(err)
		}
		if _, err := openSame(root, "file", info); !errors.Is(err, errReplaced) {
			t.Errorf("for %s: %v", what, err)
		}
		f, err := openRegular(root, "file")
		if (err == nil) != (what == "another file") {
			t.Errorf("opened %s: %v", what, err)
		}
		if err == nil {
			_ = f.Close()
		}
	}
}
