package mirror

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// The tests in this file simulate power cuts while many runs become durable at a time.
//
// Recorded: the operations of two passes over many runs, and the log lines that promise a run. Each
// operation takes a random time on a fake clock, so that the runs overlap in many ways.
// Replayed: the operations, on a disk that makes durable only the changes that came before an
// fsync began.
// Asserted: a file is complete before it gets its name, the index claims no file that a power cut
// could take away, and a run that was promised survives every power cut.
// The mutations undo the order of one file, or of one fsync of a directory. Each must be noticed.

const (
	manyRuns = 30
	seeds    = 2
)

// lanes are the operations and promises of many runs that become durable at a time.
type lanes struct {
	*recording
	random *rand.Rand
	times  []time.Time // of the events
	most   int         // operations at a time
	now    int
}

// recordLanes records two passes over many runs: the first stores them, the second extends them.
func recordLanes(s *site, seed uint64) *lanes {
	l := &lanes{recording: &recording{site: s}, random: rand.New(rand.NewPCG(seed, 0))}
	s.Check(os.Mkdir(l.State(), 0o755))
	s.Check(os.Mkdir(l.backup(), 0o755))
	defer durable.Intercept(l.State(), l.intercept)()
	defer durable.Intercept(l.backup(), l.intercept)()
	log := zap.New(&promises{zapcore.NewNopCore(), l})
	for _, rows := range []int64{3, 5} {
		for n := range manyRuns {
			s.StoreTraining(fmt.Sprint("run-", n), training(0, rows, float64(n)))
		}
		c, err := catalog.Open(l.State())
		s.Check(err)
		s.Check(New(s.Tree(), c, []backup.Backup{dir.New(l.backup())}, Options{Log: log}).SyncAll(s.T.Context(), nil))
		s.Check(c.Close())
	}
	return l
}

// intercept records an operation as it begins. Renames and fsyncs take a while, except those of the
// index: they are made under a mutex, where a fake clock does not go on.
func (l *lanes) intercept(op durable.Op) error {
	op.Data = slices.Clone(op.Data)
	fast := op.Kind == durable.OpWrite || op.Kind == durable.OpCreate || strings.HasPrefix(op.Path, filepath.Join(l.State(), recordsDir))
	syncs := op.Kind == durable.OpSync || op.Kind == durable.OpSyncDir
	if !fast && !syncs {
		l.wait()
	}
	l.note(recorded{op: &op})
	if !fast && syncs {
		l.wait()
	}
	return nil
}

// note records an event. It puts a promise before the fsyncs of directories that began in the same
// moment: they cannot have kept it.
func (l *lanes) note(e recorded) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, now := len(l.events), time.Now()
	for i := at - 1; e.promise != nil && i >= 0 && l.times[i].Equal(now); i-- {
		if op := l.events[i].op; op != nil && op.Kind == durable.OpSyncDir {
			at = i
		}
	}
	l.events, l.times = slices.Insert(l.events, at, e), slices.Insert(l.times, at, now)
}

func (l *lanes) wait() {
	l.mu.Lock()
	l.now++
	l.most = max(l.most, l.now)
	d := time.Millisecond + time.Duration(l.random.Int64N(int64(20*time.Millisecond)))
	l.mu.Unlock()
	time.Sleep(d)
	l.mu.Lock()
	l.now--
	l.mu.Unlock()
}

// promises is a log whose lines promise that a run survives a power cut.
type promises struct {
	zapcore.Core
	lanes *lanes
}

func (p *promises) Enabled(zapcore.Level) bool        { return true }
func (p *promises) With([]zapcore.Field) zapcore.Core { return p }

func (p *promises) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return checked.AddCore(e, p)
}

func (p *promises) Write(e zapcore.Entry, fields []zapcore.Field) error {
	places := map[string]string{"run stored": p.lanes.State(), "run extended": p.lanes.State(), "run mirrored": p.lanes.backup()}
	for _, f := range fields {
		if place := places[e.Message]; place != "" && f.Key == event.FieldRun {
			name := filepath.Join(place, snapshot.Path(f.String))
			p.lanes.note(recorded{promise: &promise{place: name, paths: []string{name}, contents: [][]byte{p.lanes.read(name)}}})
		}
	}
	return nil
}

// replay returns an error if a power cut could break a promise.
func (l *lanes) replay(events []recorded, alsoIndex bool) error {
	d := newDisk(l.Dir, "stats", "state", "backup")
	promised := map[string]*promise{}
	check := func(name string) error {
		if !promised[name].keptIn(crashed{name: d.survives(name)}) {
			return fmt.Errorf("a power cut could take %s away", name)
		}
		return nil
	}
	for _, e := range events {
		if e.op == nil {
			promised[e.promise.place] = e.promise
			if err := check(e.promise.place); err != nil {
				return err
			}
			continue
		}
		if i := d.open[e.op.Path]; e.op.Kind == durable.OpRename && !i.synced && path.Base(e.op.To) != path.Base(indexPath) {
			return fmt.Errorf("%s got its name before it was complete", e.op.To)
		}
		if d.apply(*e.op); alsoIndex && e.op.Kind == durable.OpWrite && e.op.Path == filepath.Join(l.State(), indexPath) {
			header, _, _ := bytes.Cut(d.open[e.op.Path].data, []byte("\n"))
			if err := d.hasAllIn(slices.Concat(header, []byte("\n"), e.op.Data)); err != nil {
				return err
			}
		}
		delete(promised, e.op.To) // old or new from now on
	}
	var errs []error
	for name := range promised {
		errs = append(errs, check(name))
	}
	return errors.Join(errs...)
}

// TestPowerCutsWhileManyRunsBecomeDurable also counts that one fsync of a directory serves several
// runs.
func TestPowerCutsWhileManyRunsBecomeDurable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			l := recordLanes(newSite(t), seed)
			if err := l.replay(l.events, true); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			for _, place := range []string{l.State(), l.backup()} {
				files, syncs, promises := l.count(place)
				if files != 2*manyRuns || promises != files || syncs > files/2 || l.most < manyRuns/2 {
					t.Errorf("%s: %d files, %d promises, %d fsyncs of their directory, at most %d operations at a time", place, files, promises, syncs, l.most)
				}
				t.Logf("seed %d: %d files in %s, %d fsyncs of their directory", seed, files, filepath.Base(place), syncs)
			}
			t.Logf("seed %d: %d operations and promises, %d mutations noticed", seed, len(l.events), l.mutate())
		})
	}
}

// count counts the snapshots written in a place, the fsyncs of their directory, and the promises.
func (l *lanes) count(place string) (files, syncs, promises int) {
	dir := filepath.Join(place, snapshot.CurrentDir)
	for _, e := range l.events {
		switch {
		case e.promise != nil && path.Dir(e.promise.place) == dir:
			promises++
		case e.op == nil:
		case e.op.Kind == durable.OpRename && path.Dir(e.op.To) == dir:
			files++
		case e.op.Kind == durable.OpSyncDir && e.op.Path == dir:
			syncs++
		}
	}
	return files, syncs, promises
}

// mutate undoes the order of each fsync. It returns how often replay notices that.
func (l *lanes) mutate() (noticed int) {
	for i, e := range l.events {
		if e.op == nil || path.Base(path.Dir(l.becomes(e.op.Path))) != snapshot.CurrentDir && path.Base(e.op.Path) != snapshot.CurrentDir {
			continue
		}
		before, after := l.events[:i], l.events[i+1:]
		mutations := map[string][]recorded{}
		switch e.op.Kind {
		case durable.OpSync:
			mutations["no fsync of a file"] = slices.Concat(before, after)
		case durable.OpSyncDir:
			if l.serves(i) == "" {
				continue // nothing was renamed since the last one
			}
			other := *e.op
			other.Path = path.Dir(other.Path)
			mutations["no fsync of the directory"] = slices.Concat(before, after)
			mutations["an fsync of another directory"] = slices.Concat(before, []recorded{{op: &other}}, after)
		case durable.OpRename:
			next := i + 1 + slices.IndexFunc(after, func(e recorded) bool {
				return e.op != nil && e.op.Kind == durable.OpSyncDir && e.op.Path == path.Dir(l.events[i].op.To)
			})
			mutations["an fsync that began before the rename"] = slices.Concat(before, l.events[i+1:next+1], []recorded{e}, l.events[next+1:])
		}
		for what, events := range mutations {
			if l.replay(events, false) == nil {
				l.T.Errorf("%s: nobody notices (event %d, %s)", what, i, l.name(e))
			}
			noticed++
		}
	}
	return noticed
}

// serves names a file that got its name between an fsync of the directory and the one before.
func (l *lanes) serves(at int) string {
	dir := l.events[at].op.Path
	for _, e := range slices.Backward(l.events[:at]) {
		switch {
		case e.op == nil:
		case e.op.Kind == durable.OpSyncDir && e.op.Path == dir:
			return ""
		case e.op.Kind == durable.OpRename && path.Dir(e.op.To) == dir:
			return e.op.To
		}
	}
	return ""
}
