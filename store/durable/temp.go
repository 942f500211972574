package durable

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// TempPrefix begins the name of every temporary file.
const TempPrefix = ".statsmirror-tmp-"

// IsTemp reports whether base, a name without a directory, belongs to a temporary file.
func IsTemp(base string) bool { return strings.HasPrefix(base, TempPrefix) }

func tempName() string { return randomName(TempPrefix) }

func randomName(prefix string) string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails, by its documentation
	return fmt.Sprintf("%s%x", prefix, random)
}

// Unnamed creates a temporary file that disappears when it is closed.
func Unnamed(root *os.Root) (*os.File, error) {
	name := tempName()
	f, err := makeFile(root, name, os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create temporary file: %w", err)
	}
	if err := root.Remove(name); err != nil {
		return nil, errors.Join(fmt.Errorf("create temporary file: %w", err), f.Close())
	}
	return f, nil
}

// RemoveTemps removes temporary files that a crash left in dir, but not below it. Nobody may be
// writing in dir. A missing dir is not an error.
func RemoveTemps(root *os.Root, dir string) error {
	names, err := tempsIn(root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = removeIf(root, dir, names, func(info fs.FileInfo) bool { return info.Mode().IsRegular() })
	}
	if err != nil {
		return fmt.Errorf("remove temporary files: %w", err)
	}
	return nil
}

// removeIf removes the named files in dir for which are returns true.
func removeIf(root *os.Root, dir string, names []string, are func(fs.FileInfo) bool) error {
	var errs []error
	for _, name := range names {
		name = path.Join(dir, name)
		if info, err := root.Lstat(name); err == nil && are(info) {
			errs = append(errs, remove(root, name))
		}
	}
	return errors.Join(errs...)
}

// tempsIn lists the temporary files in a directory. It reads the entries without their types,
// because asking for types may stat every entry.
func tempsIn(root *os.Root, dir string) (temps []string, err error) {
	d, err := OpenDir(root, dir)
	if err != nil {
		return nil, err
	}
	err = InParts(d.Readdirnames, func(names []string) error {
		temps = append(temps, slices.DeleteFunc(names, func(name string) bool { return !IsTemp(name) })...)
		return nil
	})
	return temps, errors.Join(err, d.Close())
}
