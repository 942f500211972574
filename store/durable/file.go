package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
)

const bufferSize = 64 << 10

// Modes that files are created with.
const (
	ordinary fs.FileMode = 0o644 // less the umask
	private  fs.FileMode = 0o600
)

// WriteFile replaces the content of name with the output of write. The content goes to a temporary
// file in the same directory, which is synced, closed and renamed; then the directory is synced.
// The directory must exist. The file has mode 0o644 less the umask.
//
// If write fails, or anything before the rename, name keeps its content and the temporary file is
// gone. If the sync of the directory fails, the new content is in place, but a power cut may still
// undo it.
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

// Written is the result of WriteFileLike.
type Written struct {
	Info fs.FileInfo // of the file
	Lost []string    // attributes of the other file that this one could not get
}

// WriteFileLike is WriteFile for a file that takes the place of another. other describes that file;
// nil if there is none. The new file gets the other's owner, group, mode and extended attributes,
// including its access control list, as far as the process may give them. Until then only the
// process may read it. The error is ErrChanged if name is no longer the file that other describes
// just before the rename.
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

// isStill returns ErrChanged if name is not the file that other describes. A nil other describes a
// missing file.
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

// WriteVolatile replaces the content of name with the output of write. After a power cut the file
// may be old, new, torn or gone.
func WriteVolatile(root *os.Root, name string, write func(io.Writer) error) error {
	err := replace(root, name, ordinary, func(f *file) error { return buffered(f, write) })
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// buffers are the buffers of files being written. A new one would be most of what a small file
// costs in memory.
var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, bufferSize) }}

// WritePublic is WriteVolatile for a file that everybody may read: it has mode 0o644 whatever the
// umask.
func WritePublic(root *os.Root, name string, write func(io.Writer) error) error {
	err := replace(root, name, private, func(f *file) error {
		return errors.Join(buffered(f, write), f.Chmod(ordinary))
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func buffered(f *file, write func(io.Writer) error) error {
	b := buffers.Get().(*bufio.Writer)
	b.Reset(f)
	defer func() {
		b.Reset(nil)
		buffers.Put(b)
	}()
	return errors.Join(write(b), b.Flush())
}

// replace lets fill write a temporary file and renames it to name. On failure it leaves no
// temporary file.
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

// SyncMove syncs both directories of a Move that failed after renaming the file.
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

// Remove removes the file name and syncs its directory. If name does not exist, the error matches
// fs.ErrNotExist.
func Remove(root *os.Root, name string) error {
	if err := remove(root, name); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	if err := syncDir(root, path.Dir(name)); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}
