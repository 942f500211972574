package store

import (
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Stamp identifies a state of a file. If the stamp of a settled file is the same before and after,
// two reads have read the same content.
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
	RunName string `json:"run_name,omitempty"` // from its rows; "" if they have none
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

func stampOf(s *unix.Stat_t) Stamp { return Stamp{s.Ino, s.Size, s.Mtim.Nano(), s.Ctim.Nano()} }

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

// UnchangedSince returns when the last of the files changed. A time in the future comes from
// another clock: such files count as changed now.
func UnchangedSince(sources []Source, now time.Time) time.Time {
	last := LastWritten(sources)
	if last.After(now) {
		return now
	}
	return last
}

// LastWritten returns when the newest of the files was written; zero if no time is known.
func LastWritten(sources []Source) time.Time {
	var newest int64
	for _, s := range sources {
		newest = max(newest, s.ModTime)
	}
	if newest == 0 {
		return time.Time{}
	}
	return time.Unix(0, newest)
}

// OfKind returns the sources of a kind.
func OfKind(sources []Source, kind Kind) []Source {
	return slices.DeleteFunc(slices.Clone(sources), func(s Source) bool {
		return !strings.HasPrefix(s.Path, string(kind)+"/")
	})
}

// DefaultDamagedAfter is how long a file that ends in the middle must stay unchanged to count as
// damaged.
const DefaultDamagedAfter = 30 * time.Second
