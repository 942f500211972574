package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// isRoot means that new files must be given to the owner of their directory.
var isRoot = os.Geteuid() == 0

// asOwner calls create to create something in the directory in. If the process is root, the result
// belongs to the owner and group of the directory; otherwise the service that owns the directory
// could not use it. Anything that the owner may not create, root creates as root.
func asOwner(in *os.Root, create func() error) error {
	if !isRoot {
		return create()
	}
	info, err := in.Stat(".")
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 && owner.Gid == 0 {
		return create()
	}
	err = as(owner.Uid, owner.Gid, create)
	if errors.Is(err, fs.ErrPermission) {
		return create()
	}
	return err
}

// as calls create with the identity of a user for the file system. Only this thread has the
// identity, and only the file system sees it, so the user cannot send the process a signal.
func as(uid, gid uint32, create func() error) error {
	runtime.LockOSThread()
	group, err := unix.SetfsgidRetGid(int(gid))
	if err != nil {
		runtime.UnlockOSThread()
		return create()
	}
	self, err := unix.SetfsuidRetUid(int(uid))
	if err == nil {
		err = create()
	}
	_, errUser := unix.SetfsuidRetUid(self)
	_, errGroup := unix.SetfsgidRetGid(group)
	if errUser == nil && errGroup == nil {
		runtime.UnlockOSThread() // else the thread ends with its goroutine
	}
	return err
}

// inDir opens the directory that contains name.
func inDir(root *os.Root, name string) (in *os.Root, base string, err error) {
	in, err = root.OpenRoot(path.Dir(name))
	return in, path.Base(name), err
}

// makeFile creates the file name, which must not exist.
func makeFile(root *os.Root, name string, flag int, perm fs.FileMode) (f *os.File, err error) {
	in, base, err := inDir(root, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	err = asOwner(in, func() error {
		f, err = in.OpenFile(base, flag|os.O_CREATE|os.O_EXCL, perm)
		return err
	})
	return f, err
}

// makeDir makes the directory name, which must not exist.
func makeDir(root *os.Root, name string, perm fs.FileMode) error {
	in, base, err := inDir(root, name)
	if err != nil {
		return err
	}
	defer in.Close()
	return asOwner(in, func() error { return in.Mkdir(base, perm) })
}

// OpenLock opens a lock file. Only its owner may open it. It is created if it is missing.
func OpenLock(root *os.Root, name string) (*os.File, error) {
	for {
		f, err := root.OpenFile(name, os.O_RDWR, 0)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w; %s", err, ownerAdvice(root, os.Geteuid()))
		case !errors.Is(err, fs.ErrNotExist):
			return f, err
		}
		if f, err = makeFile(root, name, os.O_RDWR, private); !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// ownerAdvice says how a user may open the private files in a directory.
func ownerAdvice(root *os.Root, uid int) string {
	if info, err := root.Stat("."); err == nil {
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) == uid {
			return fmt.Sprintf("the file belongs to another user; give it back: sudo chown -R --reference=%s %[1]s", root.Name())
		}
	}
	return fmt.Sprintf("run this as the owner of the directory, or give it to the user that runs this (uid %d): sudo chown -R %[1]d %s", uid, root.Name())
}
