package durable_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"statsmirror/store/durable"

	"github.com/google/go-cmp/cmp"
)

func openRoot(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func content(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func names(t *testing.T, root *os.Root, dir string) []string {
	t.Helper()
	entries, err := fs.ReadDir(root.FS(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func check(t *testing.T, root *os.Root, name, want string) {
	t.Helper()
	got, err := root.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", name, got, want)
	}
}

func TestWriteFileReplaces(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	if err := durable.MkdirAll(root, "a/b"); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1<<20)
	for _, want := range []string{"one", long, "", "two"} {
		if err := durable.WriteFile(root, "a/b/c \xff", content(want)); err != nil {
			t.Fatal(err)
		}
		check(t, root, "a/b/c \xff", want)
	}
	if diff := cmp.Diff([]string{"c \xff"}, names(t, root, "a/b")); diff != "" {
		t.Error(diff)
	}
	info, err := root.Stat("a/b/c \xff")
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&^0o644 != 0 || info.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}

func TestWriteFileLikeAnother(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	if err := root.WriteFile("f", []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	const owner = 65534
	want := os.Geteuid()
	if want == 0 {
		want = owner
		if err := root.Lchown("f", owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	if err := root.Chmod("f", 0o664); err != nil {
		t.Fatal(err)
	}
	before, err := root.Lstat("f")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.WriteFileLike(root, "f", before, content("new")); err != nil {
		t.Fatal(err)
	}
	check(t, root, "f", "new")
	after, err := root.Lstat("f")
	if err != nil {
		t.Fatal(err)
	}
	if got := int(after.Sys().(*syscall.Stat_t).Uid); after.Mode() != before.Mode() || got != want {
		t.Errorf("mode is %v, owner %d; want %v and %d", after.Mode(), got, before.Mode(), want)
	}
}

func TestFailedWriteLeavesOldContentAndNoTemporaryFile(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	if err := durable.WriteFile(root, "f", content("old")); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk is full")
	err := durable.WriteFile(root, "f", func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Repeat("new", 1<<20)); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "write f") {
		t.Errorf("error is %v", err)
	}
	check(t, root, "f", "old")
	if diff := cmp.Diff([]string{"f"}, names(t, root, ".")); diff != "" {
		t.Error(diff)
	}
}

func TestFailedRenameLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	if err := durable.MkdirAll(root, "f/g"); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(root, "f", content("new")); err == nil {
		t.Error("a directory was replaced")
	}
	if diff := cmp.Diff([]string{"f"}, names(t, root, ".")); diff != "" {
		t.Error(diff)
	}
}

func TestNothingLeavesTheRoot(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	root := openRoot(t)
	if err := os.Symlink(outside, filepath.Join(root.Name(), "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../f", "link/f", filepath.Join(outside, "f")} {
		if err := durable.WriteFile(root, name, content("x")); err == nil {
			t.Errorf("%s was written", name)
		}
		if err := durable.MkdirAll(root, name); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside: %v, %v", entries, err)
	}
}

func TestMkdirAll(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	for range 2 {
		if err := durable.MkdirAll(root, "a/b/c"); err != nil {
			t.Fatal(err)
		}
	}
	if err := durable.WriteFile(root, "file", content("")); err != nil {
		t.Fatal(err)
	}
	if err := durable.MkdirAll(root, "file"); err == nil || !strings.Contains(err.Error(), "make directory file") {
		t.Errorf("a directory in place of a file: %v", err)
	}
	if err := durable.MkdirAll(root, "file/below"); err == nil {
		t.Error("a directory below a file was made")
	}
}

// A directory whose sync failed, or whose process was killed before the sync, must not count as
// durable.
func TestMkdirAllSyncsDirectoriesThatMayBeUnsynced(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	syncs := 0
	defer durable.Intercept(root.Name(), func(op durable.Op) error {
		if op.Kind == durable.OpSyncDir && op.Path == root.Name() {
			if syncs++; syncs == 1 {
				return fs.ErrInvalid
			}
		}
		return nil
	})()
	if err := durable.MkdirAll(root, "a"); !errors.Is(err, fs.ErrInvalid) {
		t.Fatal(err)
	}
	for range 2 {
		if err := durable.MkdirAll(root, "a"); err != nil {
			t.Fatal(err)
		}
		if err := durable.WriteFile(root, "a/b", content("x")); err != nil {
			t.Fatal(err)
		}
	}
	if syncs != 2 {
		t.Errorf("the directory above was synced %d times, want 2", syncs)
	}
}

func TestOpenRootMakesMissingDirectories(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		root, err := durable.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := durable.OpenRoot(filepath.Join(dir, "file", "below")); err == nil {
		t.Error("a directory below a file was made")
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	if err := durable.WriteFile(root, "f", content("x")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Remove(root, "f"); err != nil {
		t.Fatal(err)
	}
	if err := durable.Remove(root, "f"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removing twice: %v", err)
	}
}

func TestRemoveTemps(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	for _, name := range []string{durable.TempPrefix + "1", durable.TempPrefix + "2", "kept", ".kept"} {
		if err := root.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{".", "missing"} {
		if err := durable.RemoveTemps(root, dir); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{".kept", "kept"}, names(t, root, ".")); diff != "" {
		t.Error(diff)
	}
}

// TestLog appends to a log that is opened again and cut. A failed Append left half of its bytes
// there.
func TestLog(t *testing.T) {
	t.Parallel()
	root := openRoot(t)
	add := func(size int64, parts ...string) int64 {
		t.Helper()
		l, err := durable.OpenLog(root, "log", size)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if err := l.Append([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		return l.Size()
	}
	if size := add(0, "one", "two"); size != 6 {
		t.Errorf("the log has %d bytes", size)
	}
	check(t, root, "log", "onetwo")
	add(3, "three")
	check(t, root, "log", "onethree")

	l, err := durable.OpenLog(root, "log", 3)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	stop := durable.Intercept(root.Name(), func(durable.Op) error { return fs.ErrInvalid })
	err = l.Append([]byte("failed"))
	stop()
	if !errors.Is(err, fs.ErrInvalid) || l.Size() != 3 {
		t.Errorf("error is %v, the log has %d bytes", err, l.Size())
	}
	if err := l.Append([]byte("four")); err != nil {
		t.Fatal(err)
	}
	check(t, root, "log", "onefour")
}
