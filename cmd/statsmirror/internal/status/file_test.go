package status

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror"
	"statsmirror/mirror/replica"
)

func TestStatusFileIsReadAsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := New(mirror.Status{
		Runs: 3, Dirty: 2, Waiting: 1, OldestDirty: time.Minute, Damaged: 1, DamagedRuns: []string{"torn\n"}, Failed: 1, FailedRuns: []string{"x"},
		Backups: []replica.Figures{{Backup: "/mnt", Dirty: 2, Waiting: 1, Oldest: time.Millisecond, Failing: time.Hour, Interval: time.Minute, Late: []string{"x"}}},
	})
	if f.Backups[0].Oldest != 1 {
		t.Errorf("a moment is %d s", f.Backups[0].Oldest)
	}
	for range 2 {
		if err := f.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, got); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(dir, Name)); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	for range 2 {
		if err := Remove(dir); err != nil {
			t.Error(err)
		}
	}
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after it was removed: %v", err)
	}
}

// TestHostileStatusFilesAreRefused has files that are too large, that lead elsewhere, and that would
// make a reader wait.
func TestHostileStatusFilesAreRefused(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]func(path string) error{
		"large": func(path string) error {
			return os.WriteFile(path, []byte(`{"format":1}`+strings.Repeat(" ", 1<<20)), 0o600)
		},
		"link": func(path string) error { return os.Symlink("/etc/hostname", path) },
		"pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"huge number": func(path string) error {
			return os.WriteFile(path, []byte(`{"format":1,"backups":[{"failing_s":9223372036854775807}]}`), 0o600)
		},
		"negative": func(path string) error {
			return os.WriteFile(path, []byte(`{"format":1,"at":"2026-01-02T03:04:05Z","runs":-1,"damaged":-1}`), 0o600)
		},
		"no number": func(path string) error { return os.WriteFile(path, []byte(`{"format":1,"runs":"many"}`), 0o600) },
		"torn":      func(path string) error { return os.WriteFile(path, []byte(`{"format":1,"runs":`), 0o600) },
	} {
		dir := t.TempDir()
		if err := errors.Join(create(filepath.Join(dir, Name)), create(filepath.Join(dir, verifiedName))); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		if v := ReadVerified(dir); v != nil {
			t.Errorf("%s: the last verify is %+v", name, v)
		}
	}
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte(`{"format":1,"written":"2026-01-01T00:00:00Z","runs":2,"backups":[{"backup":"/mnt","dirty":1,"waiting":2}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		is, err := parse(text)
		if err != nil {
			return
		}
		for _, l := range is.Judge(time.Now(), time.Minute, "statsmirror") {
			if l.Text == "" || strings.ContainsRune(l.Text, '\n') {
				t.Errorf("%q", l)
			}
		}
	})
}
