package dir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/store/durable"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	backuptest.Run(t, func(t *testing.T) backup.Backup { return dir.New(t.TempDir()) })
}

func put(t *testing.T, b *dir.Backup, name string) error {
	t.Helper()
	_, err := b.Put(t.Context(), name, strings.NewReader("x"), 1)
	return err
}

func TestLastElementIsMade(t *testing.T) {
	t.Parallel()
	b := dir.New(filepath.Join(t.TempDir(), "backup"))
	if _, err := b.List(t.Context(), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("list before it is made: %v", err)
	}
	if err := put(t, b, "a/b"); err != nil {
		t.Error(err)
	}
}

func TestMountThatIsMissingIsNotMade(t *testing.T) {
	t.Parallel()
	mount := filepath.Join(t.TempDir(), "mount")
	b := dir.New(filepath.Join(mount, "backup"))
	for _, err := range []error{put(t, b, "a"), b.Check(t.Context())} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), mount+" does not exist: mount") {
			t.Errorf("error is %v", err)
		}
	}
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := put(t, b, "a"); err != nil {
		t.Errorf("after the mount came: %v", err)
	}
}

func TestOnlyRegularFilesWithin(t *testing.T) {
	t.Parallel()
	path, outside := t.TempDir(), t.TempDir()
	b := dir.New(path)
	if err := errors.Join(
		os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(path, "link")),
		os.Symlink(outside, filepath.Join(path, "linked")),
		os.Mkdir(filepath.Join(path, "directory"), 0o755),
		syscall.Mkfifo(filepath.Join(path, "pipe"), 0o600),
		os.WriteFile(filepath.Join(path, durable.TempPrefix+"1"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "linked/secret", "directory", "pipe", durable.TempPrefix + "1"} {
		if f, err := b.Open(t.Context(), name); err == nil {
			t.Errorf("open %s: %v", name, f)
		}
	}
	if err := put(t, b, "linked/new"); err == nil {
		t.Error("a file was put outside")
	}
	if infos, err := b.List(t.Context(), ""); err != nil || len(infos) > 0 {
		t.Errorf("list: %v, %v", infos, err)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	if got := dir.New("/a/../b").String(); got != "/a/../b" {
		t.Error(got)
	}
}
