//go:build integration

package durable_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"statsmirror/store/durable"
)

const accessList = "system.posix_acl_access"

// acl returns an access control list in the kernel's format: the owner and the user 65534 may read
// and write, the group and others may do nothing.
func acl() []byte {
	const version, none = 2, 0xffffffff
	list := binary.LittleEndian.AppendUint32(nil, version)
	for _, entry := range []struct {
		tag, perm uint16
		id        uint32
	}{{0x01, 6, none}, {0x02, 6, 65534}, {0x04, 0, none}, {0x10, 6, none}, {0x20, 0, none}} {
		list = binary.LittleEndian.AppendUint16(list, entry.tag)
		list = binary.LittleEndian.AppendUint16(list, entry.perm)
		list = binary.LittleEndian.AppendUint32(list, entry.id)
	}
	return list
}

func attributes(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{accessList, "user.origin"} {
		value := make([]byte, 1024)
		n, err := unix.Getxattr(path, name, value)
		if err == nil {
			all[name] = string(value[:n])
		} else if !errors.Is(err, unix.ENODATA) {
			t.Fatalf("the tests need a file system with extended attributes; set TMPDIR to a directory on one: %v", err)
		}
	}
	return all
}

// TestReplacedFileKeepsItsAttributes replaces a file that has an access control list and a file that
// has none, in a directory that gives new files a list.
func TestReplacedFileKeepsItsAttributes(t *testing.T) {
	t.Parallel()
	for name, listed := range map[string]bool{"list": true, "no list": false} {
		root := openRoot(t)
		path := filepath.Join(root.Name(), "f")
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(root.WriteFile("f", []byte("old"), 0o600))
		check(unix.Setxattr(path, "user.origin", []byte("gpu7"), 0))
		if listed {
			check(unix.Setxattr(path, accessList, acl(), 0))
		}
		check(unix.Setxattr(root.Name(), "system.posix_acl_default", acl(), 0))
		want := attributes(t, path)
		before, err := root.Lstat("f")
		check(err)
		var during fs.FileMode
		written, err := durable.WriteFileLike(root, "f", before, func(w io.Writer) error {
			temps, err := filepath.Glob(filepath.Join(root.Name(), durable.TempPrefix+"*"))
			if err == nil && len(temps) == 1 {
				var info fs.FileInfo
				if info, err = os.Lstat(temps[0]); err == nil {
					during = info.Mode()
				}
			}
			_, writeErr := io.Copy(w, bytes.NewReader([]byte("new")))
			return errors.Join(err, writeErr)
		})
		check(err)
		after, err := root.Lstat("f")
		check(err)
		got := attributes(t, path)
		if len(written.Lost) > 0 || after.Mode() != before.Mode() || during.Perm()&0o077 != 0 || len(got) != len(want) || got[accessList] != want[accessList] || got["user.origin"] != "gpu7" {
			t.Errorf("%s: lost %v, mode %v, %v meanwhile, attributes %q, want %q", name, written.Lost, after.Mode(), during, got, want)
		}
	}
}
