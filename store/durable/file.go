package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

const bufferSize = 64 << 10

// WriteFile replaces the content of name with what write writes. The content
// goes to a temporary file in the same directory, which is synced, closed and
// renamed; then the directory is synced. The directory must exist. The file
// has mode 0o644 less the umask.
//
// When an error is returned from write, or before the rename, name holds what
// it held and the temporary file is gone. An error from the sync of the
// directory leaves the new content in place, which a power cut may yet undo.
func WriteFile(root *os.Root, name string, write func(io.Writer) error) error {
	dir := path.Dir(name)
	temp := path.Join(dir, tempName())
	if err := writeTemp(root, temp, write); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := root.Rename(temp, name); err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, root.Remove(temp)))
	}
	if err := syncDir(root, dir); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// writeTemp makes the file temp, synced and closed, or leaves none.
func writeTemp(root *os.Root, temp string, write func(io.Writer) error) (err error) {
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Remove(temp))
		}
	}()
	b := bufio.NewWriterSize(f, bufferSize)
	if err := errors.Join(write(b), b.Flush()); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// Remove removes the file name and syncs its directory. An error of a name
// that is not there matches fs.ErrNotExist.
func Remove(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	if err := syncDir(root, path.Dir(name)); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}
