package mirror

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// indexed has a run with two generations, a plain run, a run with a name that only its
// snapshot tells, and one that is invalid, all in the catalog and a backup.
func indexed(t *testing.T) *site {
	t.Helper()
	s, b := newSite(t), backuptest.NewFake("backup")
	long := strings.Repeat("long", 63)
	s.StoreTraining("plain", training(0, 10, 0))
	s.StoreTraining(long, training(0, 10, 0))
	s.StoreValidation(long, validation(0, 10))
	s.StoreTraining("torn", training(0, 10, 0))
	s.lead("run", b)
	s.Tear(filepath.Join(s.Stats(), "training_stats", "torn"))
	s.Age("training_stats/torn")
	c := s.open()
	if err := s.mirror(c, b).SyncAll(t.Context(), nil); err == nil {
		t.Fatal("nothing is torn")
	}
	s.Check(c.Close())
	return s
}

// held is what a catalog holds of a run, for comparison.
type held struct {
	Meta    *snapshot.Meta
	Written time.Time
	Files   []file
	Record  record
	Damaged bool
}

func (s *site) held() map[string]held {
	s.T.Helper()
	c, err := OpenCatalog(s.State())
	s.Check(err)
	defer c.Close()
	all := map[string]held{}
	for _, run := range c.Runs() {
		meta, written := c.Current(run)
		all[run] = held{meta, written, c.files(run), c.State(run).record, c.Damaged(run)}
	}
	return all
}

// due returns what a survey of the tree finds, in order.
func (s *site) due() []string {
	s.T.Helper()
	c, err := OpenCatalog(s.State())
	s.Check(err)
	defer c.Close()
	due := []string{}
	s.Check(s.mirror(c).scan(s.T.Context(), func(run string) { due = append(due, run) }))
	slices.Sort(due)
	return due
}

// TestIndexKnowsWhatTheFilesSay holds what is known with an index to what is known
// without one, but for the records, that only it has.
func TestIndexKnowsWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	s := indexed(t)
	with := s.held()
	if diff := cmp.Diff([]string{"torn"}, s.due()); diff != "" {
		t.Errorf("due: %s", diff)
	}
	s.Check(os.Remove(filepath.Join(s.State(), indexPath)))
	without := s.held()
	if len(without) != 4 || len(with["run"].Record.Backups) == 0 || len(with["run"].Record.Seen) == 0 {
		t.Errorf("held %+v", with)
	}
	for run, h := range with {
		h.Record = without[run].Record
		if diff := cmp.Diff(without[run], h); diff != "" {
			t.Errorf("%q: %s", run, diff)
		}
	}
}

// TestNumbersOfTheIndexAreNotTrusted appends an entry that is whole and cannot be right, with
// the stamps of the files. Then the files are read again, and the next life loses none.
func TestNumbersOfTheIndexAreNotTrusted(t *testing.T) {
	t.Parallel()
	copied := func(f remoteFile) func(h *entry) {
		return func(h *entry) {
			h.update("run", func(r *record) {
				r.Backups["backup"] = copies{snapshot.Path("run"): f, snapshot.HistoryPath("run", 1): f, snapshot.TombstonesPath("run"): f}
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
		"copies negative":     copied(remoteFile{State: remoteVerified, Generation: math.MinInt64, Content: strings.Repeat("a", 64), Info: backup.Info{Size: math.MinInt64, Version: "1"}}),
		"copies highest":      copied(remoteFile{State: remoteVerified, Generation: math.MaxInt64, Content: strings.Repeat("a", 64), Info: backup.Info{Size: math.MaxInt64, Version: "1"}}),
		"copies of no length": copied(remoteFile{}),
		"record of anything":  func(h *entry) { h.record = "p\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
		"record too long":     func(h *entry) { h.record = encoded(binary.AppendUvarint([]byte{isOther}, math.MaxUint64)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, b := newSite(t), backuptest.NewFake("backup")
			s.lead("run", b)
			want := s.held()["run"]
			c := s.open()
			h := c.runs["run"]
			change(h)
			entry := appendEntry(nil, "run", h)
			s.Check(c.Close())
			f, err := os.OpenFile(filepath.Join(s.State(), indexPath), os.O_APPEND|os.O_WRONLY, 0)
			s.Check(err)
			_, err = f.Write(entry)
			s.Check(errors.Join(err, f.Close()))
			got := s.held()["run"]
			if got.Record = want.Record; cmp.Diff(want, got) != "" {
				t.Errorf("it is believed: %s", cmp.Diff(want, got))
			}
			s.StoreTraining("run", training(0, 10, 2))
			s.Check(s.mirror(s.open(), b).SyncAll(t.Context(), nil))
			for _, place := range []backup.Backup{dir.New(s.State()), b} {
				wantHistory(t, place, "run", 1, 2, 3)
				if findings := archive.New(place).Verify(t.Context(), "run"); len(findings) > 0 {
					t.Error(findings)
				}
			}
		})
	}
}

// TestIndexThatIsTorn cuts the index, and spoils it, at every so many bytes. Then something
// is read again, and nothing is believed that is not so.
func TestIndexThatIsTorn(t *testing.T) {
	t.Parallel()
	s := indexed(t)
	name := filepath.Join(s.State(), indexPath)
	want := s.held()
	whole, err := os.ReadFile(name)
	s.Check(err)
	for at := 0; at < len(whole); at += 29 {
		spoiled := slices.Clone(whole)
		spoiled[at] ^= 0x10
		for _, content := range [][]byte{whole[:at], spoiled, slices.Concat(whole[:at], make([]byte, 64), whole[at:])} {
			s.Check(os.WriteFile(name, content, 0o644))
			got := s.held()
			for run, h := range got {
				if h.Record = want[run].Record; cmp.Diff(want[run], h) != "" {
					t.Fatalf("at byte %d: %q: %s", at, run, cmp.Diff(want[run], h))
				}
			}
			if len(got) != len(want) || len(s.due()) < 1 {
				t.Fatalf("at byte %d: %d runs", at, len(got))
			}
		}
	}
}

// TestIndexIsNotBelievedOverTheFiles changes files of the catalog behind its back.
func TestIndexIsNotBelievedOverTheFiles(t *testing.T) {
	t.Parallel()
	ended := filepath.FromSlash(snapshot.HistoryPath("run", 1))
	current := filepath.FromSlash(snapshot.Path("run"))
	for name, change := range map[string]func(s *site) error{
		"another snapshot": func(s *site) error {
			return copyFile(filepath.Join(s.State(), current), filepath.Join(s.State(), ended))
		},
		"no snapshot":   func(s *site) error { return os.Remove(filepath.Join(s.State(), current)) },
		"torn snapshot": func(s *site) error { return os.Truncate(filepath.Join(s.State(), current), 100) },
		"no history":    func(s *site) error { return os.RemoveAll(filepath.Join(s.State(), filepath.Dir(ended))) },
		"torn history":  func(s *site) error { return os.Truncate(filepath.Join(s.State(), ended), 100) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := indexed(t)
			before := s.held()["run"]
			s.Check(change(s))
			with := s.held()["run"]
			s.Check(os.Remove(filepath.Join(s.State(), indexPath)))
			without := s.held()["run"]
			if strings.HasSuffix(name, "snapshot") && len(with.Record.Seen)+len(with.Record.Backups) > 0 {
				t.Errorf("it has the record of another snapshot: %+v", with.Record)
			}
			with.Record = without.Record
			if diff := cmp.Diff(without, with); diff != "" {
				t.Error(diff)
			}
			if before.Record = without.Record; cmp.Diff(before, without) == "" {
				t.Error("nothing has changed")
			}
		})
	}
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// TestIndexWithoutRoom fails to write an entry, of which half is there. The next ones are
// kept.
func TestIndexWithoutRoom(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(s.mirror(c).Sync(t.Context(), "run"))
	stop := durable.Intercept(s.State(), func(op durable.Op) error {
		if op.Kind == durable.OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	err := c.Update("run", func(r *record) { r.GoneLogged = true })
	stop()
	if err == nil || !c.State("run").record.GoneLogged {
		t.Errorf("error is %v", err)
	}
	s.Check(c.Update("other", func(r *record) { r.GoneLogged = true }))
	s.Check(c.Close())
	c = s.open()
	if c.State("run").record.GoneLogged || !c.State("other").record.GoneLogged {
		t.Errorf("remembered: %+v, %+v", c.State("run").record, c.State("other").record)
	}
}

// TestIndexHasNoDoubtfulSnapshot has the sync of a directory fail when the next snapshot is
// in place, and something of the run remembered after that.
func TestIndexHasNoDoubtfulSnapshot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	m := s.mirror(c)
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(m.Sync(t.Context(), "run"))
	s.StoreTraining("run", training(0, 20, 0))
	stop := durable.Intercept(s.State(), func(op durable.Op) error {
		if op.Kind == durable.OpSyncDir {
			return syscall.EIO
		}
		return nil
	})
	err := m.Sync(t.Context(), "run")
	stop()
	if err == nil {
		t.Fatal("it is durable")
	}
	s.Check(c.change("run", (*Tx).Check)) // which finds it whole
	s.Check(c.Update("run", func(r *record) { r.GoneLogged = false }))
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
		s.Check(c.Update("run", func(r *record) { r.GoneSince = time.Unix(int64(i), 0) }))
	}
	info, err := os.Stat(filepath.Join(s.State(), indexPath))
	s.Check(err)
	if info.Size() > 3<<19 {
		t.Errorf("it has %d bytes", info.Size())
	}
	s.Check(c.Close())
	if got := s.open().State("run").record.GoneSince.Unix(); got != 49_999 {
		t.Errorf("remembered %d", got)
	}
}

// TestSparseIndexThatClaimsGigabytes has an entry be as long as a sparse file.
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
		t.Errorf("gone are %v, %v", gone, err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}

func TestPackedRecords(t *testing.T) {
	t.Parallel()
	stamp := store.Stamp{Inode: 1<<64 - 1, Size: 7, ModTime: -5, ChangeTime: 1 << 62}
	file := func(name string) sourceRecord { return sourceRecord{Files: []fileStamp{{text(name), stamp}}} }
	hash := strings.Repeat("0a", 32)
	for name, r := range map[string]record{
		"empty":      {},
		"plain":      {Seen: map[store.Kind]sourceRecord{store.Training: file("training_stats/a\xff")}},
		"validation": {Seen: map[store.Kind]sourceRecord{store.Validation: file("validation_scores/a\xff")}},
		"directory":  {Seen: map[store.Kind]sourceRecord{store.Training: file("training_stats/a\xff/b")}},
		"peculiar":   {Seen: map[store.Kind]sourceRecord{store.Training: {Files: file("training_stats/a\xff").Files, Noted: "x"}}},
		"invalid":    {Seen: map[store.Kind]sourceRecord{store.Training: {Invalid: &InvalidError{Path: "p", Offset: -1, Rows: 3}}}},
		"gone":       {GoneSince: time.Unix(1, 2).UTC(), GoneLogged: true},
		"copies": {Backups: map[string]copies{"none": {}, "s3://b?x=y": {
			snapshot.Path("a\xff"):           {remoteVerified, -1, hash, backup.Info{Name: snapshot.Path("a\xff"), Size: 1 << 40, Version: `"e"`}},
			snapshot.HistoryPath("a\xff", 1): {remoteDamaged, 0, "", backup.Info{Name: snapshot.HistoryPath("a\xff", 1)}},
			snapshot.HistoryPath("a\xff", 2): {Info: backup.Info{Name: snapshot.HistoryPath("a\xff", 2)}},
			snapshot.TombstonesPath("a\xff"): {remoteTombstones, 1, "", backup.Info{Name: snapshot.TombstonesPath("a\xff"), Version: "1"}},
		}}},
	} {
		got := r.encode("a\xff").decode("a\xff")
		if diff := cmp.Diff(fmt.Sprintf("%+v", r), fmt.Sprintf("%+v", got)); diff != "" && name != "invalid" {
			t.Errorf("%s: %s", name, diff)
		}
		if saw := r.encode("a\xff").saw(store.Training, stamp); saw != (name == "plain") {
			t.Errorf("%s: it was seen: %t", name, saw)
		}
		for location, want := range r.Backups {
			if got, met := r.encode("a\xff").copies("a\xff", location); !met || !maps.Equal(got, want) {
				t.Errorf("%s: %s has %+v", name, location, got)
			}
		}
		if _, met := r.encode("a\xff").copies("a\xff", "elsewhere"); met {
			t.Errorf("%s: a backup has been met that has not", name)
		}
		for n := range r.encode("a\xff") {
			_ = r.encode("a\xff")[:n].decode("a\xff") // must return
		}
	}
}
