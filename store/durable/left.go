package durable

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// RemoveLeft removes what a crash left in dir, not below it, before a time: temporary
// files of this user's, and kept files. A kept file stays if something may have written
// into it since it was kept, and it has no other name: it may be all that is left of that.
func RemoveLeft(root *os.Root, dir string, before time.Time) error {
	names, err := tempsIn(root, dir)
	if err == nil {
		err = removeIf(root, dir, names, func(info fs.FileInfo) bool { return isLeft(info, before) })
	}
	if err != nil {
		return fmt.Errorf("remove what a crash left: %w", err)
	}
	return nil
}

// LeftAfter is how old a temporary file must be for a crash to have left it: other hosts may
// write in the same place.
const LeftAfter = 24 * time.Hour

// IsOurs reports whether a file belongs to this user, or whether this is root.
func IsOurs(info fs.FileInfo) bool {
	sys, ok := info.Sys().(*syscall.Stat_t)
	return ok && (os.Geteuid() == 0 || int(sys.Uid) == os.Geteuid())
}

func isLeft(info fs.FileInfo, before time.Time) bool {
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() || !IsOurs(info) {
		return false
	}
	named := time.Unix(sys.Ctim.Unix()) // or written since
	if !named.Before(before) {
		return false
	}
	const clocks = time.Second // by which a file system may round
	if strings.HasPrefix(info.Name(), KeptPrefix) {
		return sys.Nlink > 1 || named.Sub(info.ModTime()) > clocks
	}
	return len(info.Name()) == len(tempName())
}
