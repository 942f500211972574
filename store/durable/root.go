package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenRoot opens the directory dir. If dir is missing, it is created along with its missing
// parents, as MkdirAll does.
func OpenRoot(dir string) (*os.Root, error) {
	dir = filepath.Clean(dir)
	root, err := os.OpenRoot(dir)
	if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
		return root, err
	}
	parent, err := OpenRoot(filepath.Dir(dir))
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	if err := MkdirAll(parent, filepath.Base(dir)); err != nil {
		return nil, fmt.Errorf("in %s: %w", filepath.Dir(dir), err)
	}
	root, err = parent.OpenRoot(filepath.Base(dir))
	if err != nil {
		return nil, fmt.Errorf("open directory %s: %w", dir, err)
	}
	return root, nil
}
