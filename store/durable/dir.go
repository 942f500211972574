package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// MkdirAll makes the directory dir and those above it that are missing, with
// mode 0o755 less the umask, and syncs the directory above each that it made.
// It is no error that dir exists.
func MkdirAll(root *os.Root, dir string) error {
	if err := mkdirAll(root, path.Clean(dir)); err != nil {
		return fmt.Errorf("make directory %s: %w", dir, err)
	}
	return nil
}

func mkdirAll(root *os.Root, dir string) error {
	switch info, err := root.Stat(dir); {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return errors.New("is a file")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := path.Dir(dir)
	if err := mkdirAll(root, parent); err != nil {
		return err
	}
	if err := mkdir(root, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(root, parent)
}
