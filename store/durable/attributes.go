package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const accessList = "system.posix_acl_access"

// resemble gives f the owner, group, mode and extended attributes of the file name, which other
// describes. It returns the attributes that it could not give. Nobody gets more access to f than to
// the other file.
func (f *file) resemble(name string, other fs.FileInfo) (lost []string, err error) {
	mode := other.Mode().Perm()
	lost = f.giveTo(other)
	for _, attribute := range f.copyAttributes(name, other) {
		if attribute == accessList {
			attribute = "access control list"
		} else if attribute != unreadable {
			attribute = "extended attribute " + attribute
		}
		lost = append(lost, attribute)
	}
	for _, what := range lost {
		if strings.HasPrefix(what, "group ") || what == "access control list" || what == unreadable {
			mode &= mode<<3 | 0o707 // the group's bits may be the mask of an access control list, or another group's
		}
	}
	return lost, f.Chmod(mode)
}

// giveTo gives f the owner and the group of other.
func (f *file) giveTo(other fs.FileInfo) (lost []string) {
	want, ok := other.Sys().(*syscall.Stat_t)
	if !ok || f.Chown(int(want.Uid), int(want.Gid)) == nil {
		return nil
	}
	_ = f.Chown(-1, int(want.Gid)) // checked below
	info, err := f.Stat()
	if err != nil {
		return []string{"owner", "group "}
	}
	if has := info.Sys().(*syscall.Stat_t); has.Uid != want.Uid {
		lost = append(lost, fmt.Sprintf("owner %d", want.Uid))
	}
	if has := info.Sys().(*syscall.Stat_t); has.Gid != want.Gid {
		lost = append(lost, fmt.Sprintf("group %d", want.Gid))
	}
	return lost
}

// unreadable stands for all extended attributes of a file that may not be opened.
const unreadable = "extended attributes (not readable)"

// copyAttributes copies the extended attributes of the file name to f. It removes an access control
// list that f inherited from its directory.
func (f *file) copyAttributes(name string, other fs.FileInfo) (lost []string) {
	from, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return []string{unreadable}
	}
	defer from.Close()
	if info, err := from.Stat(); err != nil || !os.SameFile(info, other) {
		return []string{unreadable}
	}
	names, err := attributeNames(int(from.Fd()))
	if err != nil {
		return []string{unreadable}
	}
	listed := false
	for _, attribute := range names {
		listed = listed || attribute == accessList
		if err := copyAttribute(int(from.Fd()), int(f.Fd()), attribute); err != nil {
			lost = append(lost, attribute)
		}
	}
	if !listed {
		_ = unix.Fremovexattr(int(f.Fd()), accessList) // usually it has none
	}
	return lost
}

// attributeNames lists the extended attributes that belong to a file, not to its content.
func attributeNames(fd int) ([]string, error) {
	list := make([]byte, 64<<10) // the kernel's limit
	n, err := unix.Flistxattr(fd, list)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range bytes.SplitSeq(list[:n], []byte{0}) {
		switch string(name) {
		case "", "security.ima", "security.evm": // signatures of the content
		default:
			names = append(names, string(name))
		}
	}
	return names, nil
}

func copyAttribute(from, to int, name string) error {
	value, err := attribute(from, name)
	if err != nil {
		return err
	}
	if has, err := attribute(to, name); err == nil && bytes.Equal(has, value) {
		return nil
	}
	return unix.Fsetxattr(to, name, value, 0)
}

func attribute(fd int, name string) ([]byte, error) {
	value := make([]byte, 64<<10) // the kernel's limit
	n, err := unix.Fgetxattr(fd, name, value)
	return value[:max(n, 0)], err
}
