package durable

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// TempPrefix begins the name of every temporary file.
const TempPrefix = ".statsmirror-tmp-"

// IsTemp reports whether base, a name without directory, is one of a
// temporary file.
func IsTemp(base string) bool { return strings.HasPrefix(base, TempPrefix) }

func tempName() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // is documented never to fail
	return fmt.Sprintf("%s%x", TempPrefix, random)
}

// RemoveTemps removes the temporary files in dir, not below it, that a crash
// left there. Nobody may be writing in dir. It is no error that dir is missing.
func RemoveTemps(root *os.Root, dir string) error {
	entries, err := readDir(root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove temporary files: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if IsTemp(e.Name()) && e.Type().IsRegular() {
			errs = append(errs, remove(root, path.Join(dir, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove temporary files: %w", err)
	}
	return nil
}

func readDir(root *os.Root, dir string) ([]fs.DirEntry, error) {
	d, err := root.Open(dir)
	if err != nil {
		return nil, err
	}
	entries, err := d.ReadDir(-1)
	return entries, errors.Join(err, d.Close())
}
