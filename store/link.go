package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

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
	root, err := t.open()
	if err != nil {
		return "", err
	}
	defer root.Close()
	f, err := openPath(root, name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return realPath(f)
}

// openPath opens a name in a stats tree. The descriptor cannot read: use it for Stat and reopen. A
// link is followed if its owner also owns the target, or is root, or runs this process. Then the
// link opens nothing that its owner could not read. All checks are made on opened descriptors, so
// that a link swapped meanwhile leads nowhere else.
func openPath(root *os.Root, name string) (*os.File, error) {
	top, err := root.OpenFile(".", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	var w walk
	fd, err := w.path(int(top.Fd()), name)
	switch {
	case err == nil:
		return os.NewFile(uintptr(fd), name), nil
	case len(w.owners) == 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	case errors.Is(err, unix.ELOOP):
		err = errors.New("too many links, perhaps a circle")
	}
	return nil, &LinkError{name, w.first, err}
}

// A walk follows one name through directories and links.
type walk struct {
	first  string   // text of the first link
	owners []uint32 // of the links so far
}

// path opens name, which begins in the directory at.
func (w *walk) path(at int, name string) (int, error) {
	fd, err := openat(at, ".", unix.O_DIRECTORY)
	for element := range strings.SplitSeq(name, "/") {
		if err != nil {
			return -1, err
		}
		if element == "" || element == "." {
			continue
		}
		above := fd
		fd, err = w.element(above, element)
		_ = unix.Close(above)
	}
	return fd, err
}

// element opens the entry name of the directory at, or its target if it is a link.
func (w *walk) element(at int, name string) (int, error) {
	const mostLinks = 40 // as in the kernel
	fd, err := openat(at, name, 0)
	if err != nil {
		return -1, err
	}
	var link, target unix.Stat_t
	if err := unix.Fstat(fd, &link); err != nil || link.Mode&unix.S_IFMT != unix.S_IFLNK {
		return mounted(at, name, fd, link), err
	}
	text, err := readlinkat(fd)
	_ = unix.Close(fd)
	if err != nil {
		return -1, err
	}
	if len(w.owners) == 0 {
		w.first = text
	}
	passed := len(w.owners)
	if w.owners = append(w.owners, link.Uid); len(w.owners) > mostLinks {
		return -1, unix.ELOOP
	}
	if fd, err = w.target(at, text); err != nil {
		return -1, err
	}
	if err := unix.Fstat(fd, &target); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	for _, owner := range w.owners[passed:] { // this link's owner, and those of the links on the way
		if owner != 0 && owner != target.Uid && owner != uint32(os.Geteuid()) {
			_ = unix.Close(fd)
			return -1, fmt.Errorf("uid %d owns the link, but its target belongs to uid %d; let root make the link, or give both to one user", owner, target.Uid)
		}
	}
	return fd, nil
}

// target opens the target of a link in the directory at, whose text is text.
func (w *walk) target(at int, text string) (int, error) {
	if !strings.HasPrefix(text, "/") {
		return w.path(at, text)
	}
	top, err := openat(unix.AT_FDCWD, "/", unix.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	defer unix.Close(top)
	return w.path(top, text)
}

// mounted returns fd, which is the entry name of the directory at. If a file system is mounted
// there on demand, it returns the root of that instead: opening a path alone does not mount it.
func mounted(at int, name string, fd int, entry unix.Stat_t) int {
	var s unix.Statfs_t
	if entry.Mode&unix.S_IFMT != unix.S_IFDIR || unix.Fstatfs(fd, &s) != nil || uint32(s.Type) != unix.AUTOFS_SUPER_MAGIC {
		return fd
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | unix.O_DIRECTORY, Resolve: unix.RESOLVE_NO_SYMLINKS}
	there, err := unix.Openat2(at, name+"/.", &how)
	if err != nil {
		return fd
	}
	_ = unix.Close(fd)
	return there
}

func openat(at int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC|flags, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

func readlinkat(fd int) (string, error) {
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", text)
	if err != nil {
		return "", err
	}
	return string(text[:n]), nil
}

// statPath describes a name in a stats tree.
func statPath(root *os.Root, name string) (fs.FileInfo, error) {
	f, err := openPath(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// reopen opens a descriptor of openPath again, as flag says. Errors about the file name its path.
func reopen(f *os.File, flag int) (*os.File, error) {
	name, err := realPath(f)
	if err != nil {
		name = f.Name()
	}
	for {
		fd, err := unix.Open(selfPath(f), flag|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, &fs.PathError{Op: "open", Path: f.Name(), Err: err}
		default:
			return os.NewFile(uintptr(fd), name), nil
		}
	}
}

func selfPath(f *os.File) string { return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())) }

// realPath returns the path of a descriptor of openPath. The file may have moved since.
func realPath(f *os.File) (string, error) { return os.Readlink(selfPath(f)) }

// makeKind creates the directory of a kind, unless a link leads to one.
func makeKind(root *os.Root, kind Kind) error {
	if info, err := root.Lstat(string(kind)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return checkKind(root, kind)
	}
	return durable.MkdirAll(root, string(kind))
}

// kindDir opens the directory of a kind, wherever it lies.
func kindDir(root *os.Root, kind Kind) (*os.Root, error) {
	if info, err := root.Lstat(string(kind)); err == nil && info.IsDir() {
		return root.OpenRoot(string(kind))
	}
	d, err := openKind(root, kind)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	at, err := realPath(d)
	if err != nil {
		return nil, err
	}
	return openSame(at, ".", d)
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
	f, err := openPath(root, path.Join(string(kind), run))
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	at, err := realPath(f)
	if err != nil {
		return nil, "", err
	}
	base = filepath.Base(at)
	dir, err = openSame(filepath.Dir(at), base, f)
	return dir, base, err
}

// openSame opens a directory. It fails unless name in it is the file f.
func openSame(dir, name string, f *os.File) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	there, err := root.Lstat(name)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && !os.SameFile(info, there) {
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
func lead(root *os.Root, kind Kind, link Entry) Entry {
	info, err := statPath(root, path.Join(string(kind), link.Name))
	if err != nil {
		return Entry{Name: link.Name, Link: !errors.Is(err, fs.ErrNotExist)}
	}
	return Entry{Name: link.Name, Regular: info.Mode().IsRegular(), Dir: info.IsDir(), Stamp: StampOf(info)}
}
