package durable

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
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

// tempsIn lists the temporary files in a directory, which may have very many other entries. It
// reads them in batches, without their types, because asking for types would stat every entry.
func tempsIn(root *os.Root, dir string) (temps []string, err error) {
	d, err := root.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0) // so that a named pipe does not block
	if err != nil {
		return nil, err
	}
	for err == nil {
		var names []string
		names, err = d.Readdirnames(1 << 10)
		for _, name := range names {
			if IsTemp(name) {
				temps = append(temps, name)
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return temps, errors.Join(err, d.Close())
}
