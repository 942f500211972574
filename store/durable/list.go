package durable

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// OpenDir opens a directory to list it. It does not wait for a named pipe in its place.
func OpenDir(in Names, dir string) (*os.File, error) {
	return in.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
}

// InParts calls do with the entries of a directory in batches, because there may be very many. read
// is a method of the directory: ReadDir or Readdirnames. InParts ends with the first error of
// either.
func InParts[E any](read func(n int) ([]E, error), do func([]E) error) error {
	const part = 1 << 10
	for {
		entries, err := read(part)
		if err := do(entries); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// IsEmpty reports whether a directory has no entries.
func IsEmpty(root *os.Root, dir string) (bool, error) {
	d, err := OpenDir(root, dir)
	if err != nil {
		return false, err
	}
	_, err = d.ReadDir(1)
	if errors.Is(err, io.EOF) {
		return true, d.Close()
	}
	return false, errors.Join(err, d.Close())
}
