package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// isRoot says whether what is created is given to the owner of its directory.
var isRoot = os.Geteuid() == 0

// belong gives f, which was just created in the directory in, to the owner and the
// group of that directory if root created it: the service whose directory it is
// could not use the file otherwise.
func belong(in *os.Root, f *os.File) error {
	if !isRoot {
		return nil
	}
	dir, err := in.Stat(".")
	if err != nil {
		return err
	}
	made, err := f.Stat()
	if err != nil {
		return err
	}
	want, ok := dir.Sys().(*syscall.Stat_t)
	has, ok2 := made.Sys().(*syscall.Stat_t)
	if !ok || !ok2 || want.Uid == has.Uid && want.Gid == has.Gid {
		return nil
	}
	if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
		const othersWrite = 0o002
		if dir.Mode()&othersWrite != 0 {
			return nil // nobody depends on the owner
		}
		return &ownerError{uid: want.Uid, err: err}
	}
	return nil
}

// ownerError says that root may not give what it creates to the owner of the directory.
type ownerError struct {
	uid uint32
	err error
}

func (e *ownerError) Error() string {
	return fmt.Sprintf("give it to the owner of the directory: %v; run this as that user: sudo -u '#%d' statsmirror …", e.err, e.uid)
}

func (e *ownerError) Unwrap() error { return e.err }

// inDir opens the directory that name is in.
func inDir(root *os.Root, name string) (in *os.Root, base string, err error) {
	in, err = root.OpenRoot(path.Dir(name))
	return in, path.Base(name), err
}

// makeFile creates the file name, which must not exist.
func makeFile(root *os.Root, name string, flag int, perm fs.FileMode) (*os.File, error) {
	in, base, err := inDir(root, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	f, err := in.OpenFile(base, flag|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	if err := belong(in, f); err != nil {
		return nil, errors.Join(err, f.Close(), in.Remove(base))
	}
	return f, nil
}

// makeDir creates the directory name, which must not exist.
func makeDir(root *os.Root, name string, perm fs.FileMode) error {
	in, base, err := inDir(root, name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := in.Mkdir(base, perm); err != nil || !isRoot {
		return err
	}
	made, err := in.OpenFile(base, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer made.Close()
	if err := isNew(in, base, made); err != nil {
		return err
	}
	if err := belong(in, made); err != nil {
		return errors.Join(err, in.Remove(base))
	}
	return nil
}

// isNew checks that made is the directory base and no link to another, and that it is
// root's and empty: the owner of in may have put something else there meanwhile.
func isNew(in *os.Root, base string, made *os.File) error {
	named, err := in.Lstat(base)
	if err != nil {
		return err
	}
	opened, err := made.Stat()
	if err != nil {
		return err
	}
	sys, ok := opened.Sys().(*syscall.Stat_t)
	_, readErr := made.ReadDir(1)
	if !ok || !os.SameFile(named, opened) || int(sys.Uid) != os.Geteuid() || !errors.Is(readErr, io.EOF) {
		return errors.New("another directory was put in its place")
	}
	return nil
}

// OpenLock opens the file name, which only its owner may open, to be locked. It is made
// if it is missing.
func OpenLock(root *os.Root, name string) (*os.File, error) {
	const private = 0o600
	for {
		f, err := root.OpenFile(name, os.O_RDWR, 0)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w; run this as the owner of the directory; if the file belongs to another user, give it back: sudo chown -R --reference=%s %[2]s", err, root.Name())
		case !errors.Is(err, fs.ErrNotExist):
			return f, err
		}
		if f, err = makeFile(root, name, os.O_RDWR, private); !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}
