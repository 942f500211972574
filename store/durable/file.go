package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
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
	return WriteFileLike(root, name, nil, write)
}

// WriteFileLike is WriteFile of a file that has the mode of another, if that is not nil,
// and its owner and group where the process may give them.
func WriteFileLike(root *os.Root, name string, other fs.FileInfo, write func(io.Writer) error) error {
	err := replace(root, name, func(f *file) error {
		if err := errors.Join(buffered(f, write), f.resemble(other)); err != nil {
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

// WriteVolatile replaces the content of name with what write writes. Of it nothing is
// promised after a power cut: it may be the old content or the new, torn, or gone.
func WriteVolatile(root *os.Root, name string, write func(io.Writer) error) error {
	err := replace(root, name, func(f *file) error { return buffered(f, write) })
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (f *file) resemble(other fs.FileInfo) error {
	if other == nil {
		return nil
	}
	if sys, ok := other.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(sys.Uid), int(sys.Gid)) // which root may, and others need not where it is theirs
	}
	return f.Chmod(other.Mode().Perm())
}

func buffered(f *file, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, bufferSize)
	return errors.Join(write(b), b.Flush())
}

// replace renames a temporary file that fill has filled to name, or leaves none.
func replace(root *os.Root, name string, fill func(*file) error) error {
	temp := path.Join(path.Dir(name), tempName())
	f, err := create(root, temp)
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
	err := rename(root, from, to)
	if err == nil {
		err = syncDir(root, path.Dir(to))
	}
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
