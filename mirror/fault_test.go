package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/restore"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// errnos are errors that a file system may return.
var errnos = []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT, syscall.EROFS, syscall.EACCES}

// trial says what fails in a life: one operation or, unless once is set, all later ones in the same
// place for a while.
type trial struct {
	at    int64 // 0 for none
	errno syscall.Errno
	once  bool
}

const faultLasts = 10 * time.Minute

// faulty is a site with a trial.
type faulty struct {
	*site
	trial
	places []string // where operations count

	mu         sync.Mutex
	operations int64
	poisoned   map[string]bool // files whose fsync has failed
	first      string          // the operation that failed
	place      string
	since      time.Time
}

func newFaulty(t *testing.T, tr trial) *faulty {
	s := newSite(t)
	return &faulty{site: s, trial: tr, poisoned: map[string]bool{}, places: []string{s.State(), filepath.Join(s.Dir, "backup")}}
}

// intercept starts counting operations.
func (f *faulty) intercept() (stop func()) { return durable.Intercept(f.Dir, f.answer) }

func (f *faulty) answer(op durable.Op) error {
	at := slices.IndexFunc(f.places, func(place string) bool { return strings.HasPrefix(op.Path+"/", place+"/") })
	if at < 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := op.Kind == durable.OpSync || op.Kind == durable.OpRename
	if counts && f.poisoned[op.Path] {
		f.T.Errorf("%s: %s of %s after an fsync of it has failed", f.first, op.Kind, op.Path)
	}
	f.operations++
	if f.operations == f.at {
		f.first = fmt.Sprintf("%v from %s of %s (%d)", f.errno, op.Kind, strings.TrimPrefix(op.Path, f.Dir+"/"), f.at)
		f.place, f.since = f.places[at], time.Now()
	}
	if f.operations != f.at && !f.lasts(f.places[at]) {
		return nil
	}
	f.poisoned[op.Path] = op.Kind == durable.OpSync
	return f.errno
}

// lasts reports whether a place fails now. The caller must hold the mutex.
func (f *faulty) lasts(place string) bool {
	return !f.once && f.place == place && time.Since(f.since) < faultLasts
}

func (f *faulty) fails(place string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lasts(place)
}

// outlast waits until the fault has passed and all delayed work is done.
func (f *faulty) outlast() {
	elapse(faultLasts)
	f.mu.Lock()
	left := time.Duration(0)
	if f.place != "" {
		left = time.Until(f.since.Add(2 * faultLasts)) // the last pause between retries may be that long
	}
	f.mu.Unlock()
	elapse(max(0, left))
}

// wantComplaint checks that the log says what failed, and why, with advice.
func (f *faulty) wantComplaint() {
	f.T.Helper()
	if f.first == "" {
		return
	}
	for _, entry := range f.Logs.All() {
		name, _ := entry.ContextMap()[event.FieldEvent].(string)
		text, _ := entry.ContextMap()[event.FieldErr].(string)
		named := entry.ContextMap()[event.FieldRun] == "run" || f.names(text, f.place, indexPath, leaseName, `run "run"`)
		if strings.Contains(event.Meanings[name], "See `err`") && strings.Contains(text, f.errno.Error()) && named {
			return
		}
	}
	f.T.Errorf("%s: the log does not mention it", f.first)
}

// names reports whether a text names the place of the failure.
func (f *faulty) names(text string, places ...string) bool {
	return slices.ContainsFunc(places, func(place string) bool { return strings.Contains(text, place) })
}

// wantDirty checks that a run stays dirty while a failing place lacks its rows.
func (f *faulty) wantDirty(m *running, rows store.TrainingStats) {
	f.T.Helper()
	for _, place := range f.places {
		if !f.fails(place) {
			continue
		}
		got, err := rowsAt(place)
		f.Check(err)
		if status := m.Status(); !statstest.RowsOfTraining(rows).In(got) && status.Dirty == 0 && len(status.Failing) == 0 {
			f.T.Errorf("%s: the run is not dirty: %+v", f.first, status)
		}
	}
}

// wantPlaces checks that the catalog and the backup are whole and have these generations.
func (f *faulty) wantPlaces(generations ...int64) {
	f.T.Helper()
	for _, place := range []backup.Backup{dir.New(f.places[0]), dir.New(f.places[1])} {
		if diff := cmp.Diff(generations, untils(f.T, place)); diff != "" {
			f.T.Errorf("%s: %s: %s", f.first, place, diff)
		}
		if findings := archive.New(place).Verify(context.Background(), "run"); len(findings) > 0 {
			f.T.Errorf("%s: %s: %v", f.first, place, findings)
		}
	}
}

// serviceLife runs a service through a run's life. It returns the number of operations.
func serviceLife(t *testing.T, tr trial) int64 {
	f := newFaulty(t, tr)
	c := f.open()
	defer f.intercept()()
	m := f.run(c, Options{Keep: catalog.Retention{Generations: 2}}, dir.New(f.places[1]))
	promised := map[string]statstest.Rows{}
	for _, rows := range []store.TrainingStats{
		training(0, 3, 0), training(0, 5, 0), training(0, 4, 1), training(0, 2, 2), training(0, 3, 3), training(0, 6, 3),
	} {
		f.StoreTraining("run", rows)
		m.Enqueue("run")
		elapse(faultLasts / 2)
		f.wantDirty(m, rows)
		for place, rows := range promised {
			got, err := rowsAt(place)
			f.Check(err)
			if f.fails(place) && !rows.In(got) { // otherwise retention may have removed some
				t.Errorf("%s: %s lost rows", f.first, place)
			}
		}
		f.outlast()
		f.wantClean(m)
		for _, place := range f.places {
			rows, err := rowsAt(place)
			f.Check(err)
			promised[place] = rows
		}
	}
	f.wantComplaint()
	m.end(t)
	f.Check(c.Close())
	f.wantPlaces(4, 2, 6)
	f.Check(os.RemoveAll(f.Dir))
	return f.operations
}

func (f *faulty) wantClean(m *running) {
	f.T.Helper()
	if status := m.Status(); status.Dirty > 0 || len(status.Failing) > 0 {
		f.T.Errorf("%s: %+v long after the fault passed", f.first, status)
	}
}

// adoptionLife loses the catalog of a run that is in the backup, and starts the service again as
// often as necessary.
func adoptionLife(t *testing.T, tr trial) int64 {
	f := newFaulty(t, tr)
	c := f.open()
	for _, rows := range []store.TrainingStats{training(0, 5, 0), training(0, 4, 1), training(0, 2, 2)} {
		f.StoreTraining("run", rows)
		f.Check(f.mirror(c, dir.New(f.places[1])).SyncAll(t.Context(), nil))
	}
	f.Check(c.Close())
	f.LoseCatalog()
	had, err := rowsAt(f.places[1])
	f.Check(err)
	f.StoreTraining("run", training(0, 6, 2))
	defer f.intercept()()
	complained := false
	for c, err = catalog.Open(f.State()); err != nil; c, err = catalog.Open(f.State()) {
		complained = true
		if !errors.Is(err, f.errno) || !f.names(err.Error(), f.Dir) {
			t.Errorf("%s: the error is %v", f.first, err)
		}
		elapse(time.Minute)
	}
	cache := strings.Contains(f.first, recordsDir) && f.once // it is created again at the next write
	m := f.run(c, Options{}, dir.New(f.places[1]))
	for range 2 {
		elapse(faultLasts / 2)
		f.wantDirty(m, training(0, 6, 2))
		has, err := rowsAt(f.places[1])
		f.Check(err)
		if !had.In(has) {
			t.Errorf("%s: the backup lost rows", f.first)
		}
	}
	f.outlast()
	f.wantClean(m)
	if !complained && !cache {
		f.wantComplaint()
	}
	m.end(t)
	f.Check(c.Close())
	f.wantPlaces(5, 4, 6)
	f.Check(os.RemoveAll(f.Dir))
	return f.operations
}

// restoreLife restores a run over no file, and over a torn file.
func restoreLife(t *testing.T, tr trial) int64 {
	f := newFaulty(t, tr)
	f.places = []string{f.Stats()}
	c := f.open()
	f.StoreTraining("run", training(0, 5, 0))
	f.StoreValidation("run", validation(100, 1, 3))
	f.Check(f.mirror(c).SyncAll(t.Context(), nil))
	snap := f.load(archive.New(dir.New(f.State())), "run")
	f.Check(c.Close())
	whole := f.contents()
	f.Check(os.RemoveAll(f.Stats()))
	defer f.intercept()()
	for range 2 {
		before := f.contents()
		_, err := restore.Write(t.Context(), f.Stats(), snap, restore.Options{})
		after := f.contents()
		for name, content := range after {
			if content != before[name] && content != whole[name] {
				t.Errorf("%s: %s is neither the old file nor the new one", f.first, name)
			}
		}
		if err != nil {
			if !errors.Is(err, f.errno) || !f.names(err.Error(), "training_stats", "validation_scores", f.Dir) {
				t.Errorf("%s: the error is %v", f.first, err)
			}
			elapse(2 * faultLasts)
			_, err = restore.Write(t.Context(), f.Stats(), snap, restore.Options{})
		}
		f.Check(err)
		if diff := cmp.Diff(whole, f.contents()); diff != "" {
			t.Errorf("%s: %s", f.first, diff)
		}
		f.TearYesterday(filepath.Join(f.Stats(), "training_stats", "run"))
	}
	f.Check(os.RemoveAll(f.Dir))
	return f.operations
}

// contents returns the files of the stats tree. While nothing can be removed, a temporary file may
// stay. If its removal failed, restore reports it, and a later restore removes it.
func (f *faulty) contents() map[string]string {
	contents := map[string]string{}
	for _, kind := range store.Kinds {
		dir := filepath.Join(f.Stats(), string(kind))
		entries, _ := os.ReadDir(dir) // a missing directory has no files
		for _, e := range entries {
			if durable.IsTemp(e.Name()) && (!f.once || strings.Contains(f.first, "remove of") && strings.Contains(f.first, e.Name())) {
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			f.Check(err)
			contents[filepath.Join(string(kind), e.Name())] = string(content)
		}
	}
	return contents
}

// failOperations makes trials of a life. It makes every nth operation fail, with a number of
// different errors.
func failOperations(t *testing.T, life func(*testing.T, trial) int64, from, each int64, errors int) {
	synctest.Test(t, func(t *testing.T) {
		operations, trials := life(t, trial{}), 0
		for at := from; at <= operations; at += each {
			for n := range errors {
				errno := errnos[(int(at)+n)%len(errnos)]
				life(t, trial{at, errno, false})
				life(t, trial{at, errno, true})
				trials += 2
			}
		}
		t.Logf("%d operations, each %d from %d on failed with %d of %d errors, for once and for a while: %d trials",
			operations, each, from, errors, len(errnos), trials)
	})
}

var lives = map[string]func(*testing.T, trial) int64{"service": serviceLife, "adoption": adoptionLife, "restore": restoreLife}

// TestSomeErrors fails some operations. TestEveryError, under the tag simulation, fails
// them all.
func TestSomeErrors(t *testing.T) {
	t.Parallel()
	for name, life := range lives {
		t.Run(name, func(t *testing.T) { failOperations(t, life, 3, 17, 1) })
	}
}
