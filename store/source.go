package store

import (
	"io/fs"
	"syscall"
)

// Stamp is what the file system says of a file. Two reads between which the
// stamp of a settled file is the same have read the same content.
type Stamp struct {
	Inode      uint64 `json:"inode"`
	Size       int64  `json:"size"`
	ModTime    int64  `json:"mtime_ns"` // nanoseconds since 1970
	ChangeTime int64  `json:"ctime_ns"` // nanoseconds since 1970
}

// Source is one stats file as it was read.
type Source struct {
	Path    string `json:"path"` // in the stats tree: "training_stats/run", "training_stats/run/stats"
	SHA256  string `json:"sha256"`
	RunName string `json:"run_name,omitempty"` // what its rows say; "" where they do not
	Stamp
}

// StampOf returns the stamp of a file.
func StampOf(info fs.FileInfo) Stamp {
	s := Stamp{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.Inode = sys.Ino
		s.ChangeTime = sys.Ctim.Nano()
	}
	return s
}

// unchanged reports whether two listings name the same files with the same
// stamps.
func unchanged(a, b []Source) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Path != b[i].Path || a[i].Stamp != b[i].Stamp {
			return false
		}
	}
	return true
}
