package durable

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// RemoveLeft removes files in dir that a crash left before a point in time: temporary files of this
// user, and kept files. It does not look below dir. A kept file without another name stays if a
// program may have written to it since it was kept. It may be the only copy.
func RemoveLeft(root *os.Root, dir string, before time.Time) error {
	names, err := tempsIn(root, dir)
	if err == nil {
		err = removeIf(root, dir, names, func(info fs.FileInfo) bool { return isLeft(info, before) })
	}
	if err != nil {
		return fmt.Errorf("remove files that a crash left: %w", err)
	}
	return nil
}

// LeftAfter is the age at which a temporary file counts as left by a crash. It is long because
// other hosts may write in the same place.
const LeftAfter = 24 * time.Hour

// IsOurs reports whether a file belongs to this user. For root every file does.
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
