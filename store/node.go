package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// A node is an opened file or directory of a stats tree, or the tree's top. Its descriptor pins it:
// a node stays the same file if its name is given to another. A descriptor of open cannot read; use
// it for reopen.
type node struct {
	fd   int
	name string // path in the tree; "" for the top
	stat unix.Stat_t
}

// openTop opens the directory dir as the top of a tree.
func openTop(dir string) (*node, error) {
	n, err := opened(func() (int, error) { return unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	return &n, nil
}

// topOf opens the directory of root as the top of a tree.
func topOf(root *os.Root) (*node, error) {
	f, err := root.OpenFile(".", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := opened(func() (int, error) { return unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0) })
	return &n, err
}

// uninterrupted repeats a system call that a signal has interrupted. On some file systems, such as
// FUSE and CIFS, any call may be.
func uninterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// opened returns the node that open opens.
func opened(open func() (int, error)) (n node, err error) {
	err = uninterrupted(func() (err error) {
		n.fd, err = open()
		return err
	})
	if err == nil {
		if err = uninterrupted(func() error { return unix.Fstat(n.fd, &n.stat) }); err != nil {
			n.close()
		}
	}
	return n, err
}

func (n *node) close() { _ = unix.Close(n.fd) }

func (n *node) is(kind uint32) bool { return n.stat.Mode&unix.S_IFMT == kind }
func (n *node) isRegular() bool     { return n.is(unix.S_IFREG) }
func (n *node) isDir() bool         { return n.is(unix.S_IFDIR) }

func (n *node) stamp() Stamp { return stampOf(&n.stat) }

// open opens a name in the directory n. A link is followed if its owner also owns the target, or is
// root, or runs this process. Then the link opens nothing that its owner could not read. All checks
// are made on opened descriptors, so that a link swapped meanwhile leads nowhere else.
func (n *node) open(name string) (*node, error) {
	var w walk
	found, err := w.path(n.fd, name)
	found.name = path.Join(n.name, name)
	switch {
	case err == nil:
		return &found, nil
	case len(w.owners) == 0:
		return nil, &fs.PathError{Op: "open", Path: found.name, Err: err}
	case errors.Is(err, unix.ELOOP):
		err = errors.New("too many links, perhaps a circle")
	}
	return nil, &LinkError{found.name, w.first, err}
}

// reopen opens the same file or directory again, for reading.
func (n *node) reopen() (*node, error) {
	again, err := opened(func() (int, error) {
		return unix.Open(n.selfPath(), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: n.name, Err: err}
	}
	again.name = n.name
	return &again, nil
}

// dir opens a directory for listing. Errors of the file name its real path.
func (n *node) dir() (*os.File, error) {
	again, err := n.reopen()
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(again.fd), n.realPathOr(n.name)), nil
}

// ReadAt reads from a node that was reopened. Its errors name the file's real path.
func (n *node) ReadAt(p []byte, at int64) (int, error) {
	done := 0
	for done < len(p) {
		var some int
		err := uninterrupted(func() (err error) {
			some, err = unix.Pread(n.fd, p[done:], at+int64(done))
			return err
		})
		switch {
		case err != nil:
			return done, &fs.PathError{Op: "read", Path: n.realPathOr(n.name), Err: err}
		case some == 0:
			return done, io.EOF
		default:
			done += some
		}
	}
	return done, nil
}

// stillHas returns errChanged if the file no longer has the stamp.
func (n *node) stillHas(stamp Stamp) error {
	var now unix.Stat_t
	if err := uninterrupted(func() error { return unix.Fstat(n.fd, &now) }); err != nil {
		return &fs.PathError{Op: "stat", Path: n.name, Err: err}
	}
	if stampOf(&now) != stamp {
		return errChanged
	}
	return nil
}

func (n *node) selfPath() string { return "/proc/self/fd/" + strconv.Itoa(n.fd) }

// realPath returns the path of the node, with all links resolved. The file may have moved since.
func (n *node) realPath() (string, error) { return os.Readlink(n.selfPath()) }

func (n *node) realPathOr(other string) string {
	if real, err := n.realPath(); err == nil {
		return real
	}
	return other
}
