package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// MkdirAll makes the directory dir and its missing parents, with mode 0o755 less the umask. It
// syncs the parent of each directory that it made or found empty. An existing dir is not an error.
func MkdirAll(root *os.Root, dir string) error {
	if err := mkdirAll(root, path.Clean(dir)); err != nil {
		return fmt.Errorf("make directory %s: %w", dir, err)
	}
	return nil
}

func mkdirAll(root *os.Root, dir string) error {
	parent := path.Dir(dir)
	switch info, err := root.Stat(dir); {
	case err == nil && info.IsDir():
		if dir == "." {
			return nil
		}
		if empty, err := IsEmpty(root, dir); !empty || err != nil {
			return err
		}
		return syncDir(root, parent) // a crash may have come between making and syncing it
	case err == nil:
		return errors.New("is a file, not a directory")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := mkdirAll(root, parent); err != nil {
		return err
	}
	if err := mkdir(root, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(root, parent)
}
