package store

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"statsmirror/store/durable"
)

// RemoveLeft removes files more than a day old that a crash during a restore left in the stats tree
// dir. A missing tree is not an error.
func RemoveLeft(dir string) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	var errs []error
	for _, kind := range Kinds {
		in, err := kindDir(root, kind)
		if err == nil {
			err = errors.Join(durable.RemoveLeft(in, ".", time.Now().Add(-durable.LeftAfter)), in.Close())
		}
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
