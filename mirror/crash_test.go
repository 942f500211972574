package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// recording is what a service did, in order: operations, and what it had promised by
// then.
type recording struct {
	*site
	mu      sync.Mutex
	events  []recorded
	expired map[modelRow]bool // that retention may remove
}

// recorded is an operation, or else a directory that was lost, or else a promise.
type recorded struct {
	op      *durable.Op
	lost    string
	promise *promise
}

// promise is what must be in a place from now on: rows, in any generation, or else a
// file.
type promise struct {
	place   string
	rows    map[modelRow]bool
	content []byte
}

func (r *recording) note(e recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recording) backup() string { return filepath.Join(r.dir, "backup") }

// promised notes that what is in a place now was promised to be.
func (r *recording) promised(place string) {
	r.t.Helper()
	rows, err := rowsAt(place)
	r.check(err)
	maps.DeleteFunc(rows, func(row modelRow, _ bool) bool { return r.expired[row] })
	r.note(recorded{promise: &promise{place: place, rows: rows}})
}

// rowsAt is rowsOfAll of a directory, which has none if it is not there.
func rowsAt(place string) (map[modelRow]bool, error) {
	rows, err := rowsOfAll(dir.New(place))
	if errors.Is(err, backup.ErrAbsent) {
		return nil, nil
	}
	return rows, err
}

// lose removes a directory at once.
func (r *recording) lose(dir string) {
	r.t.Helper()
	entries, err := os.ReadDir(dir)
	r.check(err)
	for _, e := range entries {
		r.check(os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	r.note(recorded{lost: dir})
}

// recordLife records a run's life: stored, extended, overwritten twice, with a history
// of which retention removes a part, adopted, and restored in place.
func recordLife(s *site) *recording {
	r := &recording{site: s}
	s.check(os.MkdirAll(s.stats(), 0o755))
	s.check(os.MkdirAll(s.state(), 0o755))
	defer durable.Intercept(s.dir, func(op durable.Op) error {
		op.Data = slices.Clone(op.Data)
		r.note(recorded{op: &op})
		return nil
	})()
	ctx := context.Background()
	serve := func(keep Retention, rows ...store.TrainingStats) {
		c, err := OpenCatalog(s.state())
		s.check(err)
		defer c.Close()
		m := New(s.tree(), c, []backup.Backup{dir.New(r.backup())}, Options{Log: s.log, Keep: keep})
		for _, rows := range rows {
			s.storeTraining("run", rows)
			s.check(notAwaited(m.Sync(ctx, "run")))
			r.promised(s.state())
			s.check(m.SyncAll(ctx, nil))
			r.promised(s.state())
			r.promised(r.backup())
		}
	}
	serve(Retention{}, training(0, 3, 0), training(0, 5, 0), training(0, 4, 1), training(0, 2, 2))
	r.expired = rowsOfTraining(training(0, 5, 0)) // the first generation
	r.promised(s.state())
	r.promised(r.backup())
	serve(Retention{Generations: 1}, training(0, 3, 2))
	r.note(recorded{promise: &promise{place: s.state()}})
	r.lose(s.state())
	serve(Retention{}, training(0, 6, 2))
	r.lose(s.stats())
	snap, err := NewArchive(dir.New(s.state())).Load(ctx, "run", 0)
	s.check(err)
	restored, err := Restore(ctx, s.stats(), snap, false)
	s.check(err)
	content, err := os.ReadFile(restored[0].Path)
	s.check(err)
	r.note(recorded{promise: &promise{place: restored[0].Path, content: content}})
	return r
}

func notAwaited(err error) error {
	if errors.Is(err, errAwaitsAdoption) {
		return nil
	}
	return err
}

func (e recorded) String() string {
	if e.op == nil {
		return "a promise"
	}
	return fmt.Sprintf("%s of %s", e.op.Kind, e.op.Path)
}

// crashStates calls check with each state that a power cut may leave after any of
// the events that are to be looked at, each once, and with what had been promised by
// then. It stops at the first error.
func (r *recording) crashStates(events []recorded, look func(i int) bool, check func(state crashed, promises map[string]*promise) error) (states int, err error) {
	d := newDisk(r.dir, filepath.Base(r.stats()), filepath.Base(r.state()))
	promises := map[string]*promise{r.state(): {}, r.backup(): {}} // whole, in any case
	checked := map[string]bool{}
	for i, e := range events {
		switch {
		case e.op != nil:
			d.apply(*e.op)
		case e.lost != "":
			d.forget(e.lost)
		default:
			promises[e.promise.place] = e.promise
			clear(checked)
		}
		if !look(i) {
			continue
		}
		d.crashes(func(state crashed) {
			if sum := state.sum(); err == nil && !checked[sum] {
				checked[sum] = true
				states++
				err = check(state, promises)
			}
		})
		if err != nil {
			return states, fmt.Errorf("after %s: %w", e, err)
		}
	}
	return states, nil
}

// holds returns an error if a state does not keep the promises.
func (r *recording) holds(state crashed, promises map[string]*promise) error {
	state.build(r.t, r.dir)
	for place, promised := range promises {
		if promised.content != nil {
			if !bytes.Equal(state[place], promised.content) {
				return fmt.Errorf("%s is not what was promised", place)
			}
			continue
		}
		rows, err := rowsAt(place)
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		if lostRows(promised.rows, rows) {
			return fmt.Errorf("%s lost rows that were promised", place)
		}
	}
	return nil
}

// recovers returns an error if a service that is started in a state does not bring
// all of it in order by itself.
func (r *recording) recovers(promises map[string]*promise) error {
	var files []string
	_ = filepath.WalkDir(r.stats(), func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !durable.IsTemp(e.Name()) {
			files = append(files, name)
		}
		return nil
	})
	for _, name := range files {
		r.age(strings.TrimPrefix(name, r.stats()+"/"))
	}
	c, err := OpenCatalog(r.state())
	if err != nil {
		return err
	}
	defer c.Close()
	ctx := context.Background()
	err = New(r.tree(), c, []backup.Backup{dir.New(r.backup())}, Options{Log: r.log}).SyncAll(ctx, nil)
	if _, torn := errors.AsType[*InvalidError](err); err != nil && !torn {
		return err
	}
	for _, place := range []string{r.state(), r.backup()} {
		if _, err := os.Stat(filepath.Join(place, historyDir)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		a := NewArchive(dir.New(place))
		runs, err := a.Runs(ctx)
		if err != nil {
			return err
		}
		for _, run := range runs {
			if findings := a.Verify(ctx, run); len(findings) > 0 {
				return fmt.Errorf("%s: %v", place, findings)
			}
		}
		rows, err := rowsAt(place)
		if err != nil {
			return err
		}
		for _, promised := range promises {
			if lostRows(promised.rows, rows) {
				return fmt.Errorf("%s lacks rows that were promised, after a new start", place)
			}
		}
	}
	return nil
}

func TestEveryCrash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := recordLife(s)
	states, err := r.crashStates(r.events, func(int) bool { return true }, func(state crashed, promises map[string]*promise) error {
		if err := r.holds(state, promises); err != nil {
			return err
		}
		return r.recovers(promises)
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d operations, %d states after a crash", len(r.events), states)
}

// TestEveryCrashWouldBeNoticed leaves out each fsync that data hangs on, and makes
// each rename of data before what comes before it: then there must be a state that
// breaks a promise.
func TestEveryCrashWouldBeNoticed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := recordLife(s)
	mutations := 0
	mutate := func(what string, at int, events []recorded) {
		mutations++
		look := func(i int) bool { return i == at || i > at && events[i].promise != nil }
		if _, err := r.crashStates(events, look, r.holds); err == nil {
			t.Errorf("%s (event %d): nothing is lost", what, at)
		}
	}
	for i, e := range r.events {
		switch {
		case e.op == nil:
		case (e.op.Kind == durable.OpSync || e.op.Kind == durable.OpSyncDir) && r.matters(i):
			mutate("without "+e.String(), i, slices.Delete(slices.Clone(r.events), i, i+1))
		case e.op.Kind == durable.OpRename && strings.HasSuffix(e.op.To, snapshotSuffix):
			before := *r.events[i-1].op
			before.Path = e.op.To // it is written, or synced, under its new name
			swapped := slices.Clone(r.events)
			swapped[i-1], swapped[i] = e, recorded{op: &before}
			mutate("early "+e.String(), i-1, swapped)
		}
	}
	t.Logf("%d mutations", mutations)
}

// matters reports whether a promise hangs on an fsync: it is of something that is
// promised before it is done again.
func (r *recording) matters(at int) bool {
	op := r.events[at].op
	data := op.Kind == durable.OpSyncDir && r.changedBefore(at)
	subject := op.Path
	if op.Kind == durable.OpSync {
		subject = r.renamed(at)
		data = strings.HasSuffix(subject, snapshotSuffix)
	}
	for _, e := range r.events[at+1:] {
		switch {
		case e.lost != "" && strings.HasPrefix(subject, e.lost+"/"):
			return false
		case e.promise != nil && e.promise.content != nil && e.promise.place == subject:
			return true
		case e.promise != nil && e.promise.rows != nil && (subject+"/" == e.promise.place+"/" || strings.HasPrefix(subject, e.promise.place+"/")):
			return data
		case e.op != nil && op.Kind == durable.OpSync && e.op.Kind == durable.OpRename && e.op.To == subject && e.op.Path != op.Path,
			e.op != nil && op.Kind == durable.OpSyncDir && e.op.Kind == durable.OpSyncDir && e.op.Path == subject:
			return false
		}
	}
	return false
}

// renamed returns what a file is renamed to.
func (r *recording) renamed(at int) string {
	for _, e := range r.events[at:] {
		if e.op != nil && e.op.Kind == durable.OpRename && e.op.Path == r.events[at].op.Path {
			return e.op.To
		}
	}
	return ""
}

// changedBefore reports whether a directory or data was added to a directory since
// it was synced last.
func (r *recording) changedBefore(at int) bool {
	dir := r.events[at].op.Path
	for _, e := range slices.Backward(r.events[:at]) {
		switch {
		case e.op == nil:
		case e.op.Kind == durable.OpSyncDir && e.op.Path == dir:
			return false
		case e.op.Kind == durable.OpMkdir && filepath.Dir(e.op.Path) == dir && filepath.Base(e.op.Path) != recordsDir,
			e.op.Kind == durable.OpRename && filepath.Dir(e.op.To) == dir && strings.HasSuffix(e.op.To, snapshotSuffix):
			return true
		}
	}
	return false
}
