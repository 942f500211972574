package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

const bufferSize = 64 << 10

// Modes that files are created with.
const (
	ordinary fs.FileMode = 0o644 // less the umask
	private  fs.FileMode = 0o600
)

// WriteFile replaces the content of name with what write writes. The content
// goes to a temporary file in the same directory, which is synced, closed and
// renamed; then the directory is synced. The directory must exist. The file
// has mode 0o644 less the umask.
//
// When an error is returned from write, or before the rename, name holds what
// it held and the temporary file is gone. An error from the sync of the
// directory leaves the new content in place, which a power cut may yet undo.
func WriteFile(root *os.Root, name string, write func(io.Writer) error) error {
	err := replace(root, name, ordinary, func(f *file) error {
		if err := buffered(f, write); err != nil {
			return err
		}
		return f.Sync()
	})
	if err == nil {
		err = syncDir(root, path.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Written is what WriteFileLike has written.
type Written struct {
	Info fs.FileInfo // of the file
	Lost []string    // what the file could not be given of the other one
}

// WriteFileLike is WriteFile of a file that takes the place of another, which other
// describes; nil if there is none. It has the other's owner, group, mode and extended
// attributes, among them its access control list, as far as the process may give them.
// Until then only the process may read it. The error is ErrChanged if other does not
// describe what has the name just before the rename.
func WriteFileLike(root *os.Root, name string, other fs.FileInfo, write func(io.Writer) error) (Written, error) {
	var w Written
	perm := ordinary
	if other != nil {
		perm = private
	}
	err := replace(root, name, perm, func(f *file) (err error) {
		if err := buffered(f, write); err != nil {
			return err
		}
		if other != nil {
			if w.Lost, err = f.resemble(name, other); err != nil {
				return err
			}
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if w.Info, err = f.Stat(); err != nil {
			return err
		}
		return isStill(root, name, other)
	})
	if err == nil {
		err = syncDir(root, path.Dir(name))
	}
	if err != nil {
		return w, fmt.Errorf("write %s: %w", name, err)
	}
	return w, nil
}

// isStill returns ErrChanged if other does not describe the file name, nil being none.
func isStill(root *os.Root, name string, other fs.FileInfo) error {
	now, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && other == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return ErrChanged
	case err != nil:
		return err
	case other == nil || !unchanged(other, now):
		return ErrChanged
	}
	return nil
}

// WriteVolatile replaces the content of name with what write writes. Of it nothing is
// promised after a power cut: it may be the old content or the new, torn, or gone.
func WriteVolatile(root *os.Root, name string, write func(io.Writer) error) error {
	err := replace(root, name, ordinary, func(f *file) error { return buffered(f, write) })
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func buffered(f *file, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, bufferSize)
	return errors.Join(write(b), b.Flush())
}

// replace renames a temporary file that fill has filled to name, or leaves none.
func replace(root *os.Root, name string, perm fs.FileMode, fill func(*file) error) error {
	temp := path.Join(path.Dir(name), tempName())
	f, err := create(root, temp, perm)
	if err != nil {
		return err
	}
	if err = errors.Join(fill(f), f.Close()); err == nil {
		err = rename(root, temp, name)
	}
	if err != nil {
		return errors.Join(err, remove(root, temp))
	}
	return nil
}

// Move renames a file and syncs both directories, the new one first.
func Move(root *os.Root, from, to string) error {
	if err := rename(root, from, to); err != nil {
		return fmt.Errorf("move %s to %s: %w", from, to, err)
	}
	return SyncMove(root, from, to)
}

// SyncMove syncs both directories of a Move that has renamed the file and then failed.
func SyncMove(root *os.Root, from, to string) error {
	err := syncDir(root, path.Dir(to))
	if err == nil {
		err = syncDir(root, path.Dir(from))
	}
	if err != nil {
		return fmt.Errorf("move %s to %s: %w", from, to, err)
	}
	return nil
}

// Remove removes the file name and syncs its directory. An error of a name
// that is not there matches fs.ErrNotExist.
func Remove(root *os.Root, name string) error {
	if err := remove(root, name); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	if err := syncDir(root, path.Dir(name)); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}
