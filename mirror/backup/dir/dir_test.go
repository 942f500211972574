package dir_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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
	_, err := b.Put(t.Context(), name, strings.NewReader("x"), 1, backup.None)
	return err
}

func TestLastElementIsCreated(t *testing.T) {
	t.Parallel()
	b := dir.New(filepath.Join(t.TempDir(), "backup"))
	if _, err := backuptest.List(t.Context(), b, ""); !errors.Is(err, backup.ErrAbsent) {
		t.Errorf("list before it is created: %v", err)
	}
	if err := put(t, b, "a/b"); !errors.Is(err, backup.ErrAbsent) {
		t.Errorf("put before it is created: %v", err)
	}
	if err := errors.Join(b.Check(t.Context()), put(t, b, "a/b")); err != nil {
		t.Error(err)
	}
}

func TestMissingMountIsNotCreated(t *testing.T) {
	t.Parallel()
	mount := filepath.Join(t.TempDir(), "mount")
	b := dir.New(filepath.Join(mount, "backup"))
	for _, err := range []error{put(t, b, "a"), b.Check(t.Context())} {
		if !errors.Is(err, backup.ErrAbsent) || !strings.Contains(err.Error(), mount) {
			t.Errorf("error is %v", err)
		}
	}
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Check(t.Context()), put(t, b, "a")); err != nil {
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
		os.WriteFile(filepath.Join(path, "file"), []byte("x"), 0o600),
		os.Symlink("file", filepath.Join(path, "within")),
		os.Mkdir(filepath.Join(path, "directory"), 0o755),
		syscall.Mkfifo(filepath.Join(path, "pipe"), 0o600),
		os.WriteFile(filepath.Join(path, durable.TempPrefix+"1"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "linked/secret", "within", "directory", "pipe", durable.TempPrefix + "1"} {
		if f, err := b.Open(t.Context(), name); err == nil {
			t.Errorf("open %s: %v", name, f)
		}
	}
	if err := put(t, b, "linked/new"); err == nil {
		t.Error("a file was put outside the backup")
	}
	if infos, err := backuptest.List(t.Context(), b, ""); err != nil || len(infos) != 1 || infos[0].Name != "file" {
		t.Errorf("list: %v, %v", infos, err)
	}
}

func TestErrorsNameTheBackup(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := dir.New(path)
	_, err := backuptest.List(t.Context(), b, "")
	for _, err := range []error{put(t, b, "a"), b.Check(t.Context()), err} {
		if err == nil || !strings.Contains(err.Error(), "backup "+path) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	other, err := os.Create(filepath.Join(path, durable.TempPrefix+"lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	b := dir.New(path)
	if _, err := b.Put(ctx, "a", strings.NewReader("x"), 1, backup.None); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "holds the lock") {
		t.Errorf("put: %v", err)
	}
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if err := put(t, b, "a"); err != nil {
		t.Error(err)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	if got := dir.New("/a/../b").String(); got != "/a/../b" {
		t.Error(got)
	}
}
