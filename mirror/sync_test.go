package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/restore"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

func TestSyncFollowsTheMergeRule(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	sync := func() {
		t.Helper()
		s.Check(m.Sync(t.Context(), "run"))
	}
	s.StoreTraining("run", training(0, 10, 0))
	sync()
	s.WantEvents(event.Stored)
	sync()
	s.WantEvents()
	s.StoreTraining("run", training(0, 20, 0))
	s.StoreValidation("run", validation(0, 10, 20))
	sync()
	s.WantEvents(event.Extended)
	s.StoreValidation("run", validation(0, 10, 30))
	sync()
	s.WantEvents(event.Extended)
	s.StoreTraining("run", training(0, 20, 0)) // the same rows, at a different time
	sync()
	s.WantEvents()
	s.StoreTraining("run", training(0, 25, 1))
	sync()
	if logged := s.Logs.TakeAll(); len(logged) != 1 || logged[0].ContextMap()[event.FieldDiverged] != true {
		t.Errorf("logged %v", logged)
	}

	archive := archive.New(dir.New(s.State()))
	want := []*snapshot.Snapshot{
		{Run: "run", Generation: 2, Training: training(0, 25, 1), Validation: validation(0, 10, 20, 30)},
		{Run: "run", Generation: 1, Training: training(0, 20, 0), Validation: validation(0, 10, 20, 30)},
	}
	for _, want := range want {
		got, err := archive.Load(t.Context(), "run", want.Generation)
		s.Check(err)
		if snapshot.ContentSHA256(got) != snapshot.ContentSHA256(want) || got.Generation != want.Generation {
			t.Errorf("generation %d: got %+v", want.Generation, got)
		}
	}
	if findings := archive.Verify(t.Context(), "run"); len(findings) > 0 {
		t.Error(findings)
	}
}

func TestRestartReadsNothingAgain(t *testing.T) {
	t.Parallel()
	for _, run := range []string{"run", "a \n%b\xff", strings.Repeat("x", 255)} {
		s := newSite(t)
		c := s.open()
		s.StoreTraining(run, training(0, 3, 0))
		s.Check(s.mirror(c).Sync(t.Context(), run))
		s.Check(c.Close())

		c = s.open()
		if diff := cmp.Diff([]string{run}, c.Runs()); diff != "" {
			t.Error(diff)
		}
		m := s.mirror(c)
		if read, err := m.read(t.Context(), run, c.State(run)); err != nil || !read.Empty() || !read.present {
			t.Errorf("%q: read %+v, %v", run, read, err)
		}
		s.StoreTraining(run, training(0, 4, 0))
		if read, err := m.read(t.Context(), run, c.State(run)); err != nil || read.Training.Rows.Len() != 4 {
			t.Errorf("%q: read %+v, %v", run, read, err)
		}
	}
}

func TestInvalidSourceIsLoggedOnceAndDelaysNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	m := s.mirror(c)
	s.StoreTraining("run", training(0, 100, 0))
	s.Check(m.Sync(t.Context(), "run"))
	file := filepath.Join(s.Stats(), "training_stats", "run")
	content, err := os.ReadFile(file)
	s.Check(err)
	tear := func() {
		s.Check(os.WriteFile(file, content[:len(content)/2], 0o644))
		s.Age("training_stats/run")
		m.handle("run", m.Sync(t.Context(), "run"))
	}
	s.Events()
	s.StoreValidation("run", validation(0, 10))
	tear()
	s.WantEvents(event.Extended, event.Invalid)
	tear()
	m.handle("run", m.Sync(t.Context(), "run"))
	s.Check(c.Close())
	m = s.mirror(s.open())
	err = m.Sync(t.Context(), "run")
	invalid, ok := errors.AsType[*catalog.InvalidError](err)
	if !ok || invalid.Rows == 0 || invalid.Offset <= 0 || !strings.Contains(err.Error(), "statsmirror restore run --in-place") {
		t.Errorf("error is %v", err)
	}
	m.handle("run", err)
	s.WantEvents()

	got := s.load(archive.New(dir.New(s.State())), "run")
	if got.Training.TrainedUntil() != 100 || got.Validation.ValidatedUntil() != 11 {
		t.Errorf("until %d and %d", got.Training.TrainedUntil(), got.Validation.ValidatedUntil())
	}
	restored, err := restore.Write(t.Context(), s.Stats(), got, restore.Options{})
	s.Check(err)
	if !restored[0].Identical || restored[0].Unchanged || !restored[1].Unchanged {
		t.Errorf("restored %+v", restored)
	}
	s.Age("training_stats/run")
	m.handle("run", m.Sync(t.Context(), "run"))
	s.WantEvents()
}

func TestInvalidSourceThatChangesIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.StoreTraining("run", training(0, 100, 0))
		m := s.run(s.open(), Options{})
		s.Events()
		file := filepath.Join(s.Stats(), "training_stats", "run")
		for i := range 100 {
			s.Check(os.WriteFile(file, fmt.Appendf(nil, "torn %d", i), 0o644))
			s.Age("training_stats/run")
			m.Enqueue("run")
			elapse(time.Second)
		}
		elapse(time.Minute)
		held := int64(0)
		logged := s.Logs.FilterField(event.Is(event.Invalid)).All()
		for _, entry := range logged {
			n, _ := entry.ContextMap()[event.FieldHeldBack].(int64)
			held += n
		}
		last := m.catalog.State("run").Record.Seen[store.Training].Invalid
		if len(logged) != 3 || held < 97 || !last.Logged {
			t.Errorf("logged %d times, %d held back, the last %v", len(logged), held, last.Logged)
		}
		m.end(t)
	})
}

func TestGoneRunIsKeptAndLoggedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	synctest.Test(t, func(t *testing.T) {
		m := s.mirror(s.open())
		s.StoreTraining("run", training(0, 10, 0))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- m.Run(ctx) }()
		time.Sleep(time.Second)
		synctest.Wait()
		s.WantEvents(event.Stored)
		s.Remove(store.Training, "run")
		m.Enqueue("run")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		s.WantEvents()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.WantEvents(event.Gone)
		time.Sleep(time.Minute)
		s.StoreTraining("run", training(0, 11, 0))
		m.Enqueue("run")
		time.Sleep(time.Second)
		synctest.Wait()
		s.WantEvents(event.Back, event.Extended)
		stop()
		s.Check(<-ended)
	})
}

func TestFailedCommitLeavesTheOldSnapshot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(m.Sync(t.Context(), "run"))
	archive := archive.New(dir.New(s.State()))
	before := s.load(archive, "run")

	blocked := filepath.Join(s.State(), snapshot.HistoryDir("run"))
	s.Check(os.WriteFile(blocked, nil, 0o644)) // in place of a directory
	s.StoreTraining("run", training(0, 5, 1))
	if err := m.Sync(t.Context(), "run"); err == nil {
		t.Fatal("there is no error")
	}
	if diff := cmp.Diff(before, s.load(archive, "run"), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Error(diff)
	}
	s.Check(os.Remove(blocked))
	s.Check(m.Sync(t.Context(), "run"))
	if got := s.load(archive, "run"); got.Generation != 2 || got.Training.TrainedUntil() != 5 {
		t.Errorf("generation %d until %d", got.Generation, got.Training.TrainedUntil())
	}
}

// TestSyncOfLargeRuns has snapshots of several groups, most of which stay unchanged.
func TestSyncOfLargeRuns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	archive := archive.New(dir.New(s.State()))
	sync := func(generation int64, want snapshot.Snapshot) {
		t.Helper()
		s.Check(m.Sync(t.Context(), "run"))
		logged := s.Logs.TakeAll()
		if rows := int64(want.Training.Len() + want.Validation.Len()); len(logged) != 1 || logged[0].ContextMap()[event.FieldRows] != rows || logged[0].ContextMap()[event.FieldBytes] == int64(0) {
			t.Errorf("logged %v, want %d rows", logged, rows)
		}
		got := s.load(archive, "run")
		if got.Generation != generation || snapshot.ContentSHA256(got) != snapshot.ContentSHA256(&want) {
			t.Errorf("generation %d, %d rows until %d", got.Generation, got.Training.Len(), got.Training.TrainedUntil())
		}
	}
	want := snapshot.Snapshot{Training: training(0, 140_000, 0)}
	s.StoreTraining("run", want.Training)
	sync(1, want)

	want.Training = training(0, 150_000, 0)
	s.StoreTraining("run", want.Training)
	sync(1, want)

	want.Validation = validation(0, 70_000, 149_999, 160_000) // from the second group on
	s.StoreValidation("run", want.Validation)
	sync(1, want)

	want.Training = training(0, 160_000, 0)
	s.StoreTraining("run", store.Append(store.TrainingStats{}, want.Training, 50, 160_000)) // it has lost some rows
	s.StoreValidation("run", validation(0, 70_000, 160_000, 170_000))
	want.Validation = validation(0, 70_000, 149_999, 160_000, 170_000)
	sync(1, want)

	want.Training = training(0, 170_000, 0)
	want.Training.Loss.Values.Set(70_000, 1)
	s.StoreTraining("run", want.Training)
	sync(2, want)
	for _, f := range archive.Verify(t.Context(), "run") {
		t.Error(f)
	}
}

// TestDamagedFooterDoesNotSpread flips a bit in the footer of a snapshot, but in none of its pages,
// before the run is extended. The unreadable file does not replace the copy in the backup; instead
// the copy takes its place.
func TestDamagedFooterDoesNotSpread(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	c := s.open()
	s.StoreTraining("run", training(0, 140_000, 0))
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	s.Check(c.Close())
	name := filepath.Join(s.State(), snapshot.Path("run"))
	content, err := os.ReadFile(name)
	s.Check(err)
	const column = "\x04time\x15" // in the footer: the column's name, and the next field
	codec := bytes.Index(content, []byte(column)) + len(column)
	if content[codec] != 2*6 {
		t.Fatalf("the codec is %d, not zstd", content[codec])
	}
	content[codec] ^= 8 // gzip
	s.Check(os.WriteFile(name, content, 0o644))
	s.Events()

	s.StoreTraining("run", training(0, 150_000, 0))
	s.Check(s.mirror(s.open(), b).SyncAll(t.Context(), nil))
	s.WantEvents(event.Damaged, event.Adopted, event.Extended, event.Mirrored)
	for _, place := range []backup.Reader{dir.New(s.State()), b} {
		a := archive.New(place)
		if got := s.load(a, "run"); got.Training.Len() != 150_000 {
			t.Errorf("%d rows", got.Training.Len())
		}
		for _, f := range a.Verify(t.Context(), "run") {
			t.Error(f)
		}
	}
}
