package mirror

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/snapshot"
)

// swollen is a place whose files of one name have more bytes than anyone may read.
type swollen struct {
	*backuptest.Fake
	name string
	read bool // someone has
}

func (s *swollen) Open(ctx context.Context, name string) (backup.File, error) {
	if path.Base(name) == s.name {
		return swollenFile{s, backup.Info{Name: name, Size: 1 << 30, Version: "1"}}, nil
	}
	return s.Fake.Open(ctx, name)
}

type swollenFile struct {
	of   *swollen
	info backup.Info
}

func (f swollenFile) ReadAt([]byte, int64) (int, error) {
	f.of.read = true
	return 0, os.ErrInvalid
}
func (f swollenFile) Close() error      { return nil }
func (f swollenFile) Info() backup.Info { return f.info }

func TestFilesOfABackupThatAreTooLongAreNotRead(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(*swollen) error{
		leaseName: func(b *swollen) error {
			there, err := readLease(t.Context(), b)
			if !there.Ended || there.version != "1" {
				t.Errorf("the lease is %+v", there)
			}
			return err
		},
		snapshot.TombstonesName: func(b *swollen) error {
			removed, info, err := archive.New(b).Tombstones(t.Context(), "run")
			if removed.Until != 0 || info.Version != "1" {
				t.Errorf("%+v says %+v", info, removed)
			}
			return err
		},
	} {
		b := &swollen{Fake: backuptest.NewFake("backup"), name: name}
		if err := read(b); err != nil || b.read {
			t.Errorf("%s: it is read: %t; %v", name, b.read, err)
		}
	}
}

// TestFilesOfACatalogThatAreTooLongAreNotRead has files that are right at their start and
// sparse after it, and a pipe.
func TestFilesOfACatalogThatAreTooLongAreNotRead(t *testing.T) {
	s := newSite(t)
	b := backuptest.NewFake("backup")
	s.lead("run", b)
	s.lead("piped", b)
	at := func(name string) string { return filepath.Join(s.State(), name) }
	removed := at(snapshot.TombstonesPath("run"))
	s.Check(os.WriteFile(removed, []byte(`{"until":1}`), 0o644))
	s.Check(os.Truncate(removed, 1<<30))
	s.Check(os.Truncate(at(indexPath), mostIndex+1))
	piped := at(snapshot.HistoryPath("piped", 1))
	s.Check(os.Remove(piped))
	s.Check(syscall.Mkfifo(piped, 0o644))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := s.open()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
	if runs := c.Runs(); len(runs) != 2 || c.removed("run") != 0 {
		t.Errorf("it has %q, and %d is removed", runs, c.removed("run"))
	}
	info, err := os.Stat(at(indexPath))
	s.Check(err)
	if info.Size() > 1<<16 {
		t.Errorf("the index has %d bytes", info.Size())
	}
}

func TestIndexLeavesOutAnEntryThatWouldNotBeRead(t *testing.T) {
	t.Parallel()
	h := &entry{record: encoded(strings.Repeat("x", maxEntry)), since: time.Now().UnixNano()}
	if b := appendEntry([]byte("before"), "run", h); string(b) != "before" {
		t.Errorf("it has %d bytes", len(b))
	}
}

func TestFormatSaysHowLongFilesMayBe(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("snapshot", "FORMAT.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, most := range map[string]int64{snapshot.TombstonesName: snapshot.MostTombstones, leaseName: mostLease, indexPath: mostIndex} {
		lines := strings.Split(string(text), "\n")
		said := false
		for _, line := range lines {
			said = said || strings.HasPrefix(line, "| `"+name+"`") && strings.HasSuffix(line, fmt.Sprintf(" %d |", most))
		}
		if !said {
			t.Errorf("FORMAT.md does not say that %s has %d bytes at most", name, most)
		}
	}
}

// TestListOfACatalogKeepsOnlyItsNames has more files of others than one part of a listing has.
func TestListOfACatalogKeepsOnlyItsNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.pt", i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "run.parquet"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	parts, err := list(root, ".", func(name string) bool { return strings.HasSuffix(name, snapshot.Suffix) })
	kept := 0
	for _, part := range parts {
		kept += cap(part)
	}
	if err != nil || kept != 1 {
		t.Errorf("room for %d entries is kept: %v", kept, err)
	}
}
