package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"statsmirror/mirror"
	"statsmirror/store/durable"
)

// Name is the name of the status file.
const Name = "status.json"

// Every is how often a service replaces its status file.
const Every = 15 * time.Second

// format is the version of the status file.
const format = 1

// File is the content of a status file: the figures of the heartbeat, under the names of the log's
// fields.
type File struct {
	Format  int       `json:"format"`
	Written time.Time `json:"written"`
	Started time.Time `json:"started"`
	Version string    `json:"version"`
	Process int       `json:"process"`
	Stats   string    `json:"stats"`
	State   string    `json:"state"`

	Starting    bool     `json:"starting"`
	Stalled     string   `json:"stalled,omitempty"` // why the service makes no progress
	Runs        int64    `json:"runs"`
	Dirty       int64    `json:"dirty"`
	Waiting     int64    `json:"waiting"`
	Oldest      int64    `json:"oldest_unmirrored_s"`
	RootMissing int64    `json:"root_missing_s"`
	Unfinished  int64    `json:"unfinished"`
	Damaged     int64    `json:"damaged"`
	Failed      int64    `json:"failed"`
	DamagedRuns []string `json:"damaged_runs,omitempty"` // the names of some
	FailedRuns  []string `json:"failed_runs,omitempty"`

	Verified *Verified `json:"verified,omitempty"` // nil if verify has never logged a result

	Merges int64 `json:"merges"` // since the start, as are the next ones
	Bytes  int64 `json:"bytes"`

	Backups []Backup `json:"backups"`
}

// Backup is the part of a File about one backup.
type Backup struct {
	Backup   string   `json:"backup"`
	Dirty    int64    `json:"dirty"`
	Waiting  int64    `json:"waiting"`
	Interval int64    `json:"interval_s"`
	Oldest   int64    `json:"oldest_unmirrored_s"`
	Failing  int64    `json:"failing_s"`
	LateRuns []string `json:"late_runs,omitempty"` // the names of some

	Puts    int64 `json:"puts,omitempty"` // these are since the start
	Gets    int64 `json:"gets,omitempty"`
	Lists   int64 `json:"lists,omitempty"`
	Deletes int64 `json:"deletes,omitempty"`
	Sent    int64 `json:"bytes,omitempty"`
}

// New returns the content of a status file. The caller adds the names of the service.
func New(s mirror.Status) File {
	f := File{
		Format: format, Written: time.Now().UTC(), Process: os.Getpid(), Starting: s.Starting,
		Runs: int64(s.Runs), Dirty: int64(s.Dirty), Waiting: int64(s.Waiting), Oldest: seconds(s.OldestDirty), RootMissing: seconds(s.RootMissing),
		Unfinished: int64(s.Unfinished), Damaged: int64(s.Damaged), Failed: int64(s.Failed), DamagedRuns: s.DamagedRuns, FailedRuns: s.FailedRuns,
		Merges: s.Merges, Bytes: s.Bytes, Backups: []Backup{},
	}
	for _, b := range s.Backups {
		f.Backups = append(f.Backups, Backup{
			Backup: b.Backup, Dirty: int64(b.Dirty), Waiting: int64(b.Waiting), Interval: seconds(b.Interval),
			Oldest: seconds(b.Oldest), Failing: seconds(b.Failing), LateRuns: b.Late,
			Puts: b.Requests.Put, Gets: b.Requests.Get, Lists: b.Requests.List, Deletes: b.Requests.Delete, Sent: b.Requests.Sent,
		})
	}
	return f
}

// seconds rounds up, so that nothing that lasts looks as if it had ended.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// Dir returns the directory of the status file of a service: the directory that systemd makes for
// it while it runs, else its state directory.
func Dir(state string) string {
	if dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":"); dir != "" {
		return dir
	}
	return state
}

// Write replaces the status file in a directory, which must exist.
func (f File) Write(dir string) error {
	return replace(filepath.Join(dir, Name), durable.WritePublic, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(f)
	})
}

// replace replaces a file with the output of write, by a function of the package durable.
func replace(path string, by func(root *os.Root, name string, write func(io.Writer) error) error, write func(io.Writer) error) error {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(by(root, filepath.Base(path), write), root.Close())
}

// Remove removes the status file in a directory, if there is one.
func Remove(dir string) error {
	if err := os.Remove(filepath.Join(dir, Name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Read reads the status file in a directory. The error matches fs.ErrNotExist if it is missing.
func Read(dir string) (File, error) {
	path := filepath.Join(dir, Name)
	text, err := read(path)
	if err != nil {
		return File{}, err
	}
	f, err := parse(text)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// read returns the content of a file that anybody may have put there.
func read(path string) ([]byte, error) {
	const most = 1 << 20
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0) // so that a named pipe does not block
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", path))
	}
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s: is longer than 1 MiB", path)
	}
	return text, err
}

func parse(text []byte) (f File, err error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return f, fmt.Errorf("is not a status file: %w", err)
	}
	if version.Format != format {
		return f, fmt.Errorf("has format %d, this program reads format %d: use the version of the service", version.Format, format)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("is not a status file: %w", err)
	}
	return f, f.check()
}

// check returns an error if a number is not possible.
func (f File) check() error {
	const most = 100 * 365 * 24 * 3600 // a century in seconds; runs are fewer
	counts := []int64{f.Runs, f.Dirty, f.Waiting, f.Oldest, f.RootMissing, f.Unfinished, f.Damaged, f.Failed}
	if v := f.Verified; v != nil {
		counts = append(counts, v.Runs, v.Damaged, v.Unread)
	}
	for _, b := range f.Backups {
		counts = append(counts, b.Dirty, b.Waiting, b.Interval, b.Oldest, b.Failing)
	}
	for _, n := range counts {
		if n < 0 || n > most {
			return fmt.Errorf("is damaged: %d is not a possible number in it", n)
		}
	}
	return nil
}
