//go:build integration

package durable_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"statsmirror/store/durable"
)

func TestFilesOfRootBelongToTheOwnerOfTheDirectory(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("needs root: run this as root")
	}
	const uid, gid = 4711, 4712
	dir := t.TempDir()
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	root, err := durable.OpenRoot(filepath.Join(dir, "new", "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(durable.MkdirAll(root, "a/b"))
	must(durable.WriteFile(root, "a/b/file", content("1")))
	must(durable.WriteFile(root, "a/b/file", content("2")))
	must(durable.WriteVolatile(root, "volatile", content("1")))
	log, err := durable.OpenLog(root, "log", 0)
	must(err)
	must(log.Close())
	for range 2 {
		lock, err := durable.OpenLock(root, "lock")
		must(err)
		must(lock.Close())
	}
	found := 0
	must(filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		must(err)
		info, err := e.Info()
		must(err)
		found++
		if sys, ok := info.Sys().(*syscall.Stat_t); !ok || sys.Uid != uid || sys.Gid != gid {
			t.Errorf("%s belongs to %d:%d", path, sys.Uid, sys.Gid)
		}
		return nil
	}))
	if found != 9 {
		t.Errorf("found %d files and directories", found)
	}
}
