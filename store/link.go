package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"statsmirror/store/durable"
)

// A LinkError says why a symbolic link in a stats tree is not followed. It matches fs.ErrNotExist
// if the link's target does not exist.
type LinkError struct {
	Path   string // of the link, as in Source
	Target string // the text of the link
	Err    error
}

func (e *LinkError) Error() string {
	return fmt.Sprintf("%s: the link to %s is not followed: %v", e.Path, e.Target, e.Err)
}

// Unwrap returns the reason.
func (e *LinkError) Unwrap() error { return e.Err }

// Follow returns the path of the target of a name in the tree, such as training_stats or
// training_stats/run, with all links resolved. It returns a *LinkError for a link that may not be
// followed.
func (t Tree) Follow(name string) (string, error) {
	top, err := t.open()
	if err != nil {
		return "", err
	}
	defer top.close()
	n, err := top.open(name)
	if err != nil {
		return "", err
	}
	defer n.close()
	return n.realPath()
}

// A walk follows one name through directories and links.
type walk struct {
	first  string   // text of the first link
	owners []uint32 // of the links so far
}

// path opens name, which begins in the directory at.
func (w *walk) path(at int, name string) (node, error) {
	element, rest, _ := strings.Cut(name, "/")
	n, err := w.element(at, cmp.Or(element, "."))
	for err == nil && rest != "" {
		above := n
		element, rest, _ = strings.Cut(rest, "/")
		n, err = w.element(above.fd, cmp.Or(element, "."))
		above.close()
	}
	return n, err
}

// element opens the entry name of the directory at, or its target if it is a link.
func (w *walk) element(at int, name string) (node, error) {
	const mostLinks = 40 // as in the kernel
	n, err := openat(at, name)
	if err != nil || !n.is(unix.S_IFLNK) {
		return mounted(at, name, n), err
	}
	text, err := readlinkat(n.fd)
	n.close()
	if err != nil {
		return node{}, err
	}
	if len(w.owners) == 0 {
		w.first = text
	}
	passed := len(w.owners)
	if w.owners = append(w.owners, n.stat.Uid); len(w.owners) > mostLinks {
		return node{}, unix.ELOOP
	}
	target, err := w.target(at, text)
	if err != nil {
		return node{}, err
	}
	for _, owner := range w.owners[passed:] { // this link's owner, and those of the links on the way
		if owner != 0 && owner != target.stat.Uid && owner != uint32(os.Geteuid()) {
			target.close()
			return node{}, fmt.Errorf("uid %d owns the link, but its target belongs to uid %d; let root make the link, or give both to one user", owner, target.stat.Uid)
		}
	}
	return target, nil
}

// target opens the target of a link in the directory at, whose text is text.
func (w *walk) target(at int, text string) (node, error) {
	if !strings.HasPrefix(text, "/") {
		return w.path(at, text)
	}
	top, err := openat(unix.AT_FDCWD, "/")
	if err != nil {
		return node{}, err
	}
	defer top.close()
	return w.path(top.fd, text)
}

// mounted returns n, which is the entry name of the directory at. If a file system is mounted there
// on demand, it returns the root of that instead: opening a path alone does not mount it.
func mounted(at int, name string, n node) node {
	var s unix.Statfs_t
	if !n.isDir() || unix.Fstatfs(n.fd, &s) != nil || uint32(s.Type) != unix.AUTOFS_SUPER_MAGIC {
		return n
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | unix.O_DIRECTORY, Resolve: unix.RESOLVE_NO_SYMLINKS}
	there, err := opened(func() (int, error) { return unix.Openat2(at, name+"/.", &how) })
	if err != nil {
		return n
	}
	n.close()
	return there
}

func openat(at int, name string) (node, error) {
	return opened(func() (int, error) { return unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0) })
}

func readlinkat(fd int) (string, error) {
	text, n := make([]byte, unix.PathMax), 0
	err := uninterrupted(func() (err error) {
		n, err = unix.Readlinkat(fd, "", text)
		return err
	})
	if err != nil {
		return "", err
	}
	return string(text[:n]), nil
}

// makeKind creates the directory of a kind, unless a link leads to one.
func makeKind(root *os.Root, kind Kind) error {
	if info, err := root.Lstat(string(kind)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return durable.MkdirAll(root, string(kind))
	}
	dir, err := kindDir(root, kind)
	if err == nil {
		err = dir.Close()
	}
	return err
}

// kindDir opens the directory of a kind, wherever it lies.
func kindDir(root *os.Root, kind Kind) (*os.Root, error) {
	if info, err := root.Lstat(string(kind)); err == nil && info.IsDir() {
		return root.OpenRoot(string(kind))
	}
	in, err := kindOf(root, kind)
	if err != nil {
		return nil, err
	}
	defer in.close()
	at, err := in.realPath()
	if err != nil {
		return nil, err
	}
	return openSame(at, ".", in)
}

// kindOf opens the directory of a kind in root.
func kindOf(root *os.Root, kind Kind) (*node, error) {
	top, err := topOf(root)
	if err != nil {
		return nil, err
	}
	defer top.close()
	return top.openKind(kind)
}

// entryDir opens the directory that holds the file of a run, and returns the file's name in it. If
// the entry is a link, that is the directory of its target.
func entryDir(root *os.Root, kind Kind, run string) (dir *os.Root, base string, err error) {
	if dir, err = kindDir(root, kind); err != nil {
		return nil, "", err
	}
	info, err := dir.Lstat(run)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return dir, run, nil
	}
	_ = dir.Close()
	in, err := kindOf(root, kind)
	if err != nil {
		return nil, "", err
	}
	defer in.close()
	entry, err := in.open(run)
	if err != nil {
		return nil, "", err
	}
	defer entry.close()
	at, err := entry.realPath()
	if err != nil {
		return nil, "", err
	}
	base = filepath.Base(at)
	dir, err = openSame(filepath.Dir(at), base, entry)
	return dir, base, err
}

// openSame opens a directory. It fails unless name in it is the file n.
func openSame(dir, name string, n *node) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	there, err := root.Lstat(name)
	if err == nil {
		if stat, ok := there.Sys().(*syscall.Stat_t); !ok || stat.Dev != n.stat.Dev || stat.Ino != n.stat.Ino {
			err = errChanged
		}
	}
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	return root, nil
}

// lead resolves an entry of a kind's directory that is a link. A link that may not be followed
// stays a link, so that reading the run reports why. Of a link without a target, only the name is set.
func lead(in *node, link Entry) Entry {
	n, err := in.open(link.Name)
	if err != nil {
		return Entry{Name: link.Name, Link: !errors.Is(err, fs.ErrNotExist)}
	}
	defer n.close()
	return Entry{Name: link.Name, Regular: n.isRegular(), Dir: n.isDir(), Stamp: n.stamp()}
}
