package sftp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
)

// TestOddEntryHoldsUpOnlyItself puts links, pipes and directories where files are expected.
func TestOddEntryHoldsUpOnlyItself(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.open(t)
	in := func(name string) string { return filepath.Join(s.dir, name) }
	outside := filepath.Join(s.dir, "..", "outside")
	if err := errors.Join(os.MkdirAll(in("snapshots/dir.parquet"), 0o755), os.MkdirAll(in("history"), 0o755), os.Mkdir(outside, 0o755),
		os.WriteFile(filepath.Join(outside, "00000001.parquet"), []byte("secret"), 0o600),
		os.Symlink(filepath.Join(outside, "00000001.parquet"), in("snapshots/link.parquet")), syscall.Mkfifo(in("snapshots/pipe.parquet"), 0o600),
		os.Symlink(outside, in("history/link")), os.WriteFile(in("history/file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"snapshots/dir.parquet", "snapshots/link.parquet", "snapshots/pipe.parquet", "history/link/00000001.parquet", "history/file/00000001.parquet"} {
		_, openErr := b.Open(t.Context(), name)
		_, putErr := b.Put(t.Context(), name, strings.NewReader("x"), 1, backup.None)
		for what, err := range map[string]error{"open": openErr, "put": putErr} {
			if !errors.Is(err, backup.ErrEntry) {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	if _, err := b.Put(t.Context(), "snapshots/run.parquet", strings.NewReader("x"), 1, backup.None); err != nil {
		t.Error(err)
	}
	infos, err := backuptest.List(t.Context(), b, "")
	if err != nil || len(infos) != 2 || infos[0].Name != "history/file" || infos[1].Name != "snapshots/run.parquet" {
		t.Errorf("listed %+v, %v", infos, err)
	}
	if _, err := backuptest.List(t.Context(), b, "history/link/"); !errors.Is(err, backup.ErrEntry) {
		t.Errorf("list a link: %v", err)
	}
}

func TestMissingPlaceIsAbsent(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.open(t)
	if err := os.Remove(s.dir); err != nil {
		t.Fatal(err)
	}
	_, openErr := b.Open(t.Context(), "a/b")
	_, putErr := b.Put(t.Context(), "a/b", strings.NewReader("x"), 1, backup.None)
	for what, err := range map[string]error{
		"open": openErr, "put": putErr, "list": b.List(t.Context(), "", nil), "list a/": b.List(t.Context(), "a/", nil),
		"remove": b.Remove(t.Context(), "a/b", "1-1"),
	} {
		if !errors.Is(err, backup.ErrAbsent) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := b.Check(t.Context()); err != nil {
		t.Errorf("check makes the directory: %v", err)
	}
	b.root += "/x/y"
	says(t, b.Check(t.Context()), s.dir+"/x/y does not exist on the server, nor does its parent "+s.dir+"/x")
}

// TestSweep removes only old temporary files. It puts back what was being replaced when a service was
// killed.
func TestSweep(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.open(t)
	old := time.Now().Add(-25 * time.Hour)
	for name, at := range map[string]time.Time{
		".statsmirror-tmp-old": old, "a/.statsmirror-tmp-old": old, ".statsmirror-tmp-new": time.Now(), "a/run": old,
		asideOf("a/run"): old, asideOf("a/killed"): time.Now(),
	} {
		file := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, file, []byte("x"))
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backuptest.List(t.Context(), b, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		".statsmirror-tmp-old": false, "a/.statsmirror-tmp-old": false, ".statsmirror-tmp-new": true, "a/run": true, lockName: false,
		asideOf("a/run"): false, asideOf("a/killed"): false, "a/killed": true,
	} {
		if _, err := os.Lstat(filepath.Join(s.dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestListingIsBounded counts the names in packets, however they are cut into reads.
func TestListingIsBounded(t *testing.T) {
	t.Parallel()
	packet := func(kind byte, count uint32, size int) string {
		p := binary.BigEndian.AppendUint32(nil, uint32(size))
		p = append(p, kind, 0, 0, 0, 1)
		p = binary.BigEndian.AppendUint32(p, count)
		return string(append(p, make([]byte, size+4-len(p))...))
	}
	stream := packet(packetOfNames, 3, 100) + packet(103, 1000, 50) + "\x00\x00\x00\x01x" + packet(packetOfNames, 7, 9)
	for _, size := range []int{1, 2, 5, 1000} {
		r := &names{from: strings.NewReader(stream)}
		r.room.Store(1 << 20)
		for p := make([]byte, size); ; {
			if _, err := r.Read(p); err != nil {
				break
			}
		}
		if used, want := 1<<20-r.room.Load(), int64(100-9+10*perName); used != want {
			t.Errorf("in reads of %d bytes: counted %d, want %d", size, used, want)
		}
	}
	r := &names{from: strings.NewReader(stream)}
	if _, err := r.Read(make([]byte, 1000)); !errors.Is(err, errNames) {
		t.Errorf("without room: %v", err)
	}
}

// TestEndlessListingEnds lists more names than a service may hold.
func TestEndlessListingEnds(t *testing.T) {
	t.Parallel()
	s := serve(t)
	b := s.open(t)
	for i := range 300 {
		write(t, filepath.Join(s.dir, fmt.Sprint(i)), nil)
	}
	session, err := b.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session.names.room.Store(10_000)
	_, err = session.readDir(t.Context(), b.root)
	says(t, err, "more names than a service can hold")
	if infos, err := backuptest.List(t.Context(), b, ""); err != nil || len(infos) != 300 {
		t.Errorf("the next listing: %d files, %v", len(infos), err)
	}
}
