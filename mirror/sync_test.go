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
	"statsmirror/mirror/event"
	"statsmirror/mirror/restore"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// wantEvents checks what has been logged since the last call.
func (s *site) wantEvents(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.events()); diff != "" {
		s.t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestSyncFollowsTheMergeRule(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	sync := func() {
		t.Helper()
		s.check(m.Sync(t.Context(), "run"))
	}
	s.storeTraining("run", training(0, 10, 0))
	sync()
	s.wantEvents(event.Stored)
	sync()
	s.wantEvents()
	s.storeTraining("run", training(0, 20, 0))
	s.storeValidation("run", validation(0, 10, 20))
	sync()
	s.wantEvents(event.Extended)
	s.storeValidation("run", validation(0, 10, 30))
	sync()
	s.wantEvents(event.Extended)
	s.storeTraining("run", training(0, 20, 0)) // the same, at another time
	sync()
	s.wantEvents()
	s.storeTraining("run", training(0, 25, 1))
	sync()
	if logged := s.logs.TakeAll(); len(logged) != 1 || logged[0].ContextMap()[event.FieldDiverged] != true {
		t.Errorf("logged %v", logged)
	}

	archive := archive.New(dir.New(s.state()))
	want := []*snapshot.Snapshot{
		{Run: "run", Generation: 2, Training: training(0, 25, 1), Validation: validation(0, 10, 20, 30)},
		{Run: "run", Generation: 1, Training: training(0, 20, 0), Validation: validation(0, 10, 20, 30)},
	}
	for _, want := range want {
		got, err := archive.Load(t.Context(), "run", want.Generation)
		s.check(err)
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
		s.storeTraining(run, training(0, 3, 0))
		s.check(s.mirror(c).Sync(t.Context(), run))
		s.check(c.Close())

		c = s.open()
		if diff := cmp.Diff([]string{run}, c.Runs()); diff != "" {
			t.Error(diff)
		}
		m := s.mirror(c)
		if read, err := m.read(t.Context(), run, c.State(run)); err != nil || !read.Empty() || !read.present {
			t.Errorf("%q: read %+v, %v", run, read, err)
		}
		s.storeTraining(run, training(0, 4, 0))
		if read, err := m.read(t.Context(), run, c.State(run)); err != nil || read.Training.Rows.Len() != 4 {
			t.Errorf("%q: read %+v, %v", run, read, err)
		}
	}
}

func TestInvalidSourceIsLoggedOnceAndHoldsNothingUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.open()
	m := s.mirror(c)
	s.storeTraining("run", training(0, 100, 0))
	s.check(m.Sync(t.Context(), "run"))
	file := filepath.Join(s.stats(), "training_stats", "run")
	content, err := os.ReadFile(file)
	s.check(err)
	tear := func() {
		s.check(os.WriteFile(file, content[:len(content)/2], 0o644))
		s.age("training_stats/run")
		m.handle("run", m.Sync(t.Context(), "run"))
	}
	s.events()
	s.storeValidation("run", validation(0, 10))
	tear()
	s.wantEvents(event.Extended, event.Invalid)
	tear()
	m.handle("run", m.Sync(t.Context(), "run"))
	s.check(c.Close())
	m = s.mirror(s.open())
	err = m.Sync(t.Context(), "run")
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok || invalid.Rows == 0 || invalid.Offset <= 0 || !strings.Contains(err.Error(), "statsmirror restore run --in-place") {
		t.Errorf("error is %v", err)
	}
	m.handle("run", err)
	s.wantEvents()

	got := s.load(archive.New(dir.New(s.state())), "run")
	if got.Training.TrainedUntil() != 100 || got.Validation.ValidatedUntil() != 11 {
		t.Errorf("until %d and %d", got.Training.TrainedUntil(), got.Validation.ValidatedUntil())
	}
	restored, err := restore.Write(t.Context(), s.stats(), got, restore.Options{})
	s.check(err)
	if !restored[0].Identical || restored[0].Unchanged || !restored[1].Unchanged {
		t.Errorf("restored %+v", restored)
	}
	s.age("training_stats/run")
	m.handle("run", m.Sync(t.Context(), "run"))
	s.wantEvents()
}

func TestInvalidSourceThatChangesIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.storeTraining("run", training(0, 100, 0))
		m := s.run(s.open(), Options{})
		s.events()
		file := filepath.Join(s.stats(), "training_stats", "run")
		for i := range 100 {
			s.check(os.WriteFile(file, fmt.Appendf(nil, "torn %d", i), 0o644))
			s.age("training_stats/run")
			m.Enqueue("run")
			elapse(time.Second)
		}
		elapse(time.Minute)
		held := int64(0)
		logged := s.logs.FilterField(event.Is(event.Invalid)).All()
		for _, entry := range logged {
			n, _ := entry.ContextMap()[event.FieldHeldBack].(int64)
			held += n
		}
		last := m.catalog.State("run").record.Seen[store.Training].Invalid
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
		s.storeTraining("run", training(0, 10, 0))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- m.Run(ctx) }()
		time.Sleep(time.Second)
		synctest.Wait()
		s.wantEvents(event.Stored)
		s.remove(store.Training, "run")
		m.Enqueue("run")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		s.wantEvents()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.wantEvents(event.Gone)
		time.Sleep(time.Minute)
		s.storeTraining("run", training(0, 11, 0))
		m.Enqueue("run")
		time.Sleep(time.Second)
		synctest.Wait()
		s.wantEvents(event.Back, event.Extended)
		stop()
		s.check(<-ended)
	})
}

func TestFailedCommitLeavesTheOldSnapshot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	s.storeTraining("run", training(0, 10, 0))
	s.check(m.Sync(t.Context(), "run"))
	archive := archive.New(dir.New(s.state()))
	before := s.load(archive, "run")

	blocked := filepath.Join(s.state(), snapshot.HistoryDir("run"))
	s.check(os.WriteFile(blocked, nil, 0o644)) // where a directory is to be
	s.storeTraining("run", training(0, 5, 1))
	if err := m.Sync(t.Context(), "run"); err == nil {
		t.Fatal("there is no error")
	}
	if diff := cmp.Diff(before, s.load(archive, "run"), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Error(diff)
	}
	s.check(os.Remove(blocked))
	s.check(m.Sync(t.Context(), "run"))
	if got := s.load(archive, "run"); got.Generation != 2 || got.Training.TrainedUntil() != 5 {
		t.Errorf("generation %d until %d", got.Generation, got.Training.TrainedUntil())
	}
}

// TestSyncOfLargeRuns has snapshots of several groups, most of which stay as they are.
func TestSyncOfLargeRuns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := s.mirror(s.open())
	archive := archive.New(dir.New(s.state()))
	sync := func(generation int64, want snapshot.Snapshot) {
		t.Helper()
		s.check(m.Sync(t.Context(), "run"))
		logged := s.logs.TakeAll()
		if rows := int64(want.Training.Len() + want.Validation.Len()); len(logged) != 1 || logged[0].ContextMap()[event.FieldRows] != rows || logged[0].ContextMap()[event.FieldBytes] == int64(0) {
			t.Errorf("logged %v, want %d rows", logged, rows)
		}
		got := s.load(archive, "run")
		if got.Generation != generation || snapshot.ContentSHA256(got) != snapshot.ContentSHA256(&want) {
			t.Errorf("generation %d, %d rows until %d", got.Generation, got.Training.Len(), got.Training.TrainedUntil())
		}
	}
	want := snapshot.Snapshot{Training: training(0, 140_000, 0)}
	s.storeTraining("run", want.Training)
	sync(1, want)

	want.Training = training(0, 150_000, 0)
	s.storeTraining("run", want.Training)
	sync(1, want)

	want.Validation = validation(0, 70_000, 149_999, 160_000) // from the second group on
	s.storeValidation("run", want.Validation)
	sync(1, want)

	want.Training = training(0, 160_000, 0)
	s.storeTraining("run", store.Append(store.TrainingStats{}, want.Training, 50, 160_000)) // which has lost some
	s.storeValidation("run", validation(0, 70_000, 160_000, 170_000))
	want.Validation = validation(0, 70_000, 149_999, 160_000, 170_000)
	sync(1, want)

	want.Training = training(0, 170_000, 0)
	want.Training.Loss.Values.Set(70_000, 1)
	s.storeTraining("run", want.Training)
	sync(2, want)
	for _, f := range archive.Verify(t.Context(), "run") {
		t.Error(f)
	}
}

// TestDamagedFooterDoesNotSpread flips a bit of the footer of a snapshot, none of whose
// pages is changed, before the run is extended: the copy in the backup is not replaced
// by what cannot be read, and takes its place.
func TestDamagedFooterDoesNotSpread(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	c := s.open()
	s.storeTraining("run", training(0, 140_000, 0))
	s.check(s.mirror(c, b).SyncAll(t.Context(), nil))
	s.check(c.Close())
	name := filepath.Join(s.state(), snapshot.Path("run"))
	content, err := os.ReadFile(name)
	s.check(err)
	const column = "\x04time\x15" // in the footer: its name, and the field that follows
	codec := bytes.Index(content, []byte(column)) + len(column)
	if content[codec] != 2*6 {
		t.Fatalf("the codec is %d, not zstd", content[codec])
	}
	content[codec] ^= 8 // gzip
	s.check(os.WriteFile(name, content, 0o644))
	s.events()

	s.storeTraining("run", training(0, 150_000, 0))
	s.check(s.mirror(s.open(), b).SyncAll(t.Context(), nil))
	s.wantEvents(event.Damaged, event.Adopted, event.Extended, event.Mirrored)
	for _, place := range []backup.Reader{dir.New(s.state()), b} {
		a := archive.New(place)
		if got := s.load(a, "run"); got.Training.Len() != 150_000 {
			t.Errorf("%d rows", got.Training.Len())
		}
		for _, f := range a.Verify(t.Context(), "run") {
			t.Error(f)
		}
	}
}
