package catalog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"

	"github.com/google/go-cmp/cmp"
)

// TestNumbersOfTheIndexAreNotTrusted appends an entry that is whole but cannot be right, with the
// stamps of the files. Then the files are read again, and the next life loses none.
func TestNumbersOfTheIndexAreNotTrusted(t *testing.T) {
	t.Parallel()
	copied := func(f RemoteFile) func(h *entry) {
		return func(h *entry) {
			h.update("run", func(r *Record) {
				r.Backups["backup"] = Copies{snapshot.Path("run"): f, snapshot.HistoryPath("run", 1): f, snapshot.TombstonesPath("run"): f}
			})
		}
	}
	for name, change := range map[string]func(h *entry){
		"current 0":           func(h *entry) { h.current.Generation = 0 },
		"current negative":    func(h *entry) { h.current.Generation = math.MinInt64 },
		"current too high":    func(h *entry) { h.current.Generation = snapshot.MostGenerations + 1 },
		"current highest":     func(h *entry) { h.current.Generation = math.MaxInt64 },
		"ended 0":             func(h *entry) { h.ended[0].Generation = 0 },
		"ended negative":      func(h *entry) { h.ended[0].Generation = math.MinInt64 },
		"ended too high":      func(h *entry) { h.ended[0].Generation = math.MaxInt64 },
		"ended twice":         func(h *entry) { h.ended = append(h.ended, h.ended[0]) },
		"ended before 1970":   func(h *entry) { h.ended[0].Ended = math.MinInt64 },
		"out of order":        func(h *entry) { h.ended = generations{{Generation: 9}, h.ended[0]} },
		"copies negative":     copied(RemoteFile{State: RemoteVerified, Generation: math.MinInt64, Content: strings.Repeat("a", 64), Info: backup.Info{Size: math.MinInt64, Version: "1"}}),
		"copies highest":      copied(RemoteFile{State: RemoteVerified, Generation: math.MaxInt64, Content: strings.Repeat("a", 64), Info: backup.Info{Size: math.MaxInt64, Version: "1"}}),
		"copies of no length": copied(RemoteFile{}),
		"copied long ago":     copied(RemoteFile{State: RemoteVerified, Content: strings.Repeat("a", 64), Copied: time.Unix(0, math.MinInt64)}),
		"record of anything":  func(h *entry) { h.record = "p\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
		"record too long":     func(h *entry) { h.record = encoded(binary.AppendUvarint([]byte{isOther}, math.MaxUint64)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.lead("run")
			want := s.held()["run"]
			c := s.open()
			h := c.runs["run"]
			change(h)
			entry := appendEntry(nil, "run", h)
			s.Check(c.Close())
			s.appendToIndex(entry)
			got := s.held()["run"]
			if got.Record = want.Record; cmp.Diff(want, got) != "" {
				t.Errorf("the entry was trusted: %s", cmp.Diff(want, got))
			}
			s.commit(s.open(), "run", training(0, 10, 2))
			a := archive.New(dir.New(s.State()))
			if history, err := a.History(t.Context(), "run"); err != nil || len(history) != 3 {
				t.Errorf("the history is %+v, %v", history, err)
			}
			if findings := a.Verify(t.Context(), "run"); len(findings) > 0 {
				t.Error(findings)
			}
		})
	}
}

// TestIndexHasNoDoubtfulSnapshot makes the sync of a directory fail after the next snapshot is in
// place. Then the record of the run is changed.
func TestIndexHasNoDoubtfulSnapshot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.commit(c, "run", training(0, 10, 0))
	stop := durable.Intercept(s.State(), func(op durable.Op) error {
		if op.Kind == durable.OpSyncDir {
			return syscall.EIO
		}
		return nil
	})
	err := c.change("run", func(tx *Tx) error {
		_, err := tx.Commit(Commit{Write: func(w io.Writer) (snapshot.Meta, error) {
			return snapshot.Write(w, &snapshot.Snapshot{Run: "run", Generation: 1, Training: training(0, 20, 0)})
		}})
		return err
	})
	stop()
	if err == nil {
		t.Fatal("the snapshot is durable")
	}
	s.Check(c.change("run", (*Tx).Check)) // it finds the snapshot whole
	s.Check(c.Update("run", func(r *Record) { r.GoneLogged = false }))
	s.Check(c.Close())
	f, err := os.Open(filepath.Join(s.State(), indexPath))
	s.Check(err)
	defer f.Close()
	var last *entry
	eachEntry(f, func(_ string, h *entry) { last = h })
	if last == nil || last.current != nil {
		t.Errorf("the index has it: %+v", last)
	}
}

func TestIndexDoesNotGrowForEver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	for i := range 50_000 {
		s.Check(c.Update("run", func(r *Record) { r.GoneSince = time.Unix(int64(i), 0) }))
	}
	info, err := os.Stat(filepath.Join(s.State(), indexPath))
	s.Check(err)
	if info.Size() > 3<<19 {
		t.Errorf("the index has %d bytes", info.Size())
	}
	s.Check(c.Close())
	if got := s.open().State("run").Record.GoneSince.Unix(); got != 49_999 {
		t.Errorf("remembered %d", got)
	}
}

// TestSparseIndexThatClaimsGigabytes has an entry as long as a sparse file.
func TestSparseIndexThatClaimsGigabytes(t *testing.T) {
	s := newSite(t)
	s.Check(s.open().Close())
	const size = mostIndex / 2
	f, err := os.OpenFile(filepath.Join(s.State(), indexPath), os.O_WRONLY|os.O_TRUNC, 0)
	s.Check(err)
	defer f.Close()
	_, err = f.Write(binary.LittleEndian.AppendUint32([]byte(indexHeader), size))
	s.Check(errors.Join(err, f.Truncate(2*size)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	gone, err := Missing(t.Context(), archive.New(dir.New(s.State())).Place())
	runtime.ReadMemStats(&after)
	if len(gone) > 0 || err != nil {
		t.Errorf("missing: %v, %v", gone, err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}

func TestPackedRecords(t *testing.T) {
	t.Parallel()
	stamp := store.Stamp{Inode: 1<<64 - 1, Size: 7, ModTime: -5, ChangeTime: 1 << 62}
	file := func(name string) SourceRecord {
		return SourceRecord{Files: []FileStamp{{Text(name), stamp}}}
	}
	hash := strings.Repeat("0a", 32)
	for name, r := range map[string]Record{
		"empty":      {},
		"plain":      {Seen: map[store.Kind]SourceRecord{store.Training: file("training_stats/a\xff")}},
		"validation": {Seen: map[store.Kind]SourceRecord{store.Validation: file("validation_scores/a\xff")}},
		"directory":  {Seen: map[store.Kind]SourceRecord{store.Training: file("training_stats/a\xff/b")}},
		"peculiar":   {Seen: map[store.Kind]SourceRecord{store.Training: {Files: file("training_stats/a\xff").Files, Noted: "x"}}},
		"invalid":    {Seen: map[store.Kind]SourceRecord{store.Training: {Invalid: &InvalidError{Path: "p", Offset: -1, Rows: 3}}}},
		"gone":       {GoneSince: time.Unix(1, 2).UTC(), GoneLogged: true},
		"copies": {Backups: map[string]Copies{"none": {}, "s3://b?x=y": {
			snapshot.Path("a\xff"):           {RemoteVerified, -1, hash, backup.Info{Name: snapshot.Path("a\xff"), Size: 1 << 40, Version: `"e"`}, time.Unix(1, 2)},
			snapshot.HistoryPath("a\xff", 1): {State: RemoteDamaged, Info: backup.Info{Name: snapshot.HistoryPath("a\xff", 1)}},
			snapshot.HistoryPath("a\xff", 2): {Info: backup.Info{Name: snapshot.HistoryPath("a\xff", 2)}},
			snapshot.TombstonesPath("a\xff"): {State: RemoteTombstones, Generation: 1, Info: backup.Info{Name: snapshot.TombstonesPath("a\xff"), Version: "1"}},
		}}},
	} {
		got := r.encode("a\xff").decode("a\xff")
		if diff := cmp.Diff(fmt.Sprintf("%+v", r), fmt.Sprintf("%+v", got)); diff != "" && name != "invalid" {
			t.Errorf("%s: %s", name, diff)
		}
		if saw := r.encode("a\xff").saw(store.Training, stamp); saw != (name == "plain") {
			t.Errorf("%s: seen: %t", name, saw)
		}
		for location, want := range r.Backups {
			if got, met := r.encode("a\xff").copies("a\xff", location); !met || !maps.Equal(got, want) {
				t.Errorf("%s: %s has %+v", name, location, got)
			}
		}
		if _, met := r.encode("a\xff").copies("a\xff", "elsewhere"); met {
			t.Errorf("%s: a backup counts as reconciled that is not", name)
		}
		for n := range r.encode("a\xff") {
			_ = r.encode("a\xff")[:n].decode("a\xff") // must return
		}
	}
}

// TestFilesOfACatalogThatAreTooLongAreNotRead has files that begin correctly and are sparse after
// that, and a pipe.
func TestFilesOfACatalogThatAreTooLongAreNotRead(t *testing.T) {
	s := newSite(t)
	s.lead("run")
	s.lead("piped")
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
	if runs := c.Runs(); len(runs) != 2 || c.RemovedUntil("run") != 0 {
		t.Errorf("it has %q, and %d is removed", runs, c.RemovedUntil("run"))
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
		t.Errorf("the entry has %d bytes", len(b))
	}
}

// TestListOfACatalogKeepsOnlyItsNames has more files of other programs than one batch of a listing.
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

func TestFormatSaysHowLongFilesMayBe(t *testing.T) {
	t.Parallel()
	statstest.WantInFormat(t, "../snapshot/FORMAT.md", indexPath, mostIndex)
	statstest.WantInFormat(t, "../snapshot/FORMAT.md", snapshot.TombstonesName, snapshot.MostTombstones)
}
