package store

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
