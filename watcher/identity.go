package watcher

import (
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// An identity distinguishes a directory from any other that takes its place. It is zero if there is
// no directory.
type identity struct {
	major, minor uint32
	inode, mount uint64
}

// identify returns the identities of the root and of the first two directories in it.
func (l *loop) identify() [3]identity {
	var all [3]identity
	for i, dir := range append([]string{""}, l.Dirs...) {
		if i < len(all) {
			all[i] = identityOf(filepath.Join(l.root, dir))
		}
	}
	return all
}

func identityOf(path string) identity {
	var s unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, unix.AT_NO_AUTOMOUNT, unix.STATX_INO|unix.STATX_MNT_ID, &s) != nil {
		return identity{}
	}
	return identity{s.Dev_major, s.Dev_minor, s.Ino, s.Mnt_id}
}

// look scans if a different directory has taken the place of a watched one: inotify does not report
// a file system mounted over it.
func (l *loop) look(now time.Time) {
	l.nextLook = now.Add(l.Poll)
	if l.identify() != l.was.identity {
		l.scan(now)
	}
}
