package mirror

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/restore"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// recording is the history of a service, in order: its operations, and its promises up to each of
// them.
type recording struct {
	*site
	mu       sync.Mutex
	deaf     bool // do not record changes by others
	events   []recorded
	expired  statstest.Rows  // that retention may remove
	kept     map[string]bool // states already found to keep the promises
	holdings holdings        // states already met
}

// recorded is an operation, a harm, or a promise.
type recorded struct {
	op      *durable.Op
	harm    *harm
	promise *promise
}

// harm is a change by others: it empties a directory, or gives a file a different content. It is
// durable.
type harm struct {
	path    string
	content []byte // nil for a directory
}

// promise must hold from now on, until the next one for the same place.
type promise struct {
	place   string
	rows    statstest.Rows // in any generation
	current version        // the current snapshot is no older
	torn    []byte         // no rows are promised while this is the current snapshot, torn by others

	paths    []string // instead of the above: one of these files
	contents [][]byte // has one of these contents; nil means it may be missing
}

// version says how far a run is.
type version struct{ generation, trained, validated int64 }

func versionOf(m snapshot.Meta) version {
	return version{m.Generation, m.TrainedUntil, m.ValidatedUntil}
}

func (v version) olderThan(other version) bool {
	return v.generation < other.generation ||
		v.generation == other.generation && (v.trained < other.trained || v.validated < other.validated)
}

func (r *recording) note(e recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recording) backup() string { return filepath.Join(r.Dir, "backup") }

// promised records that the present content of a place is promised.
func (r *recording) promised(place string) {
	r.T.Helper()
	p := &promise{place: place}
	var err error
	p.rows, err = rowsAt(place)
	r.Check(err)
	maps.DeleteFunc(p.rows, func(row statstest.Row, _ bool) bool { return r.expired[row] })
	p.current, err = currentAt(place)
	r.Check(err)
	r.note(recorded{promise: p})
}

// promisedFile records that a file has one of some contents.
func (r *recording) promisedFile(path string, contents ...[]byte) {
	r.note(recorded{promise: &promise{place: path, paths: []string{path}, contents: contents}})
}

func (r *recording) read(path string) []byte {
	r.T.Helper()
	content, err := os.ReadFile(path)
	r.Check(err)
	return content
}

// rowsAt is rowsOfAll of a directory; a missing directory has no rows.
func rowsAt(place string) (statstest.Rows, error) {
	rows, err := rowsOfAll(dir.New(place))
	if errors.Is(err, backup.ErrAbsent) {
		return nil, nil
	}
	return rows, err
}

// currentAt returns the version of the current snapshot; zero without one.
func currentAt(place string) (version, error) {
	meta, err := archive.New(dir.New(place)).Meta(context.Background(), "run", 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, backup.ErrAbsent) {
		return version{}, nil
	}
	return versionOf(meta), err
}

// lose empties a directory.
func (r *recording) lose(dir string) {
	r.T.Helper()
	entries, err := os.ReadDir(dir)
	r.Check(err)
	for _, e := range entries {
		r.Check(os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	r.note(recorded{promise: &promise{place: dir}})
	r.note(recorded{harm: &harm{path: dir}})
}

// writes lets others write a file.
func (r *recording) writes(path string, write func()) {
	r.T.Helper()
	r.deaf = true
	write()
	r.deaf = false
	r.note(recorded{harm: &harm{path, r.read(path)}})
}

// tearFile tears a file after the rest of it was promised.
func (r *recording) tearFile(path string, promise func(left []byte)) {
	r.T.Helper()
	content := r.read(path)
	promise(content[:len(content)/2])
	r.writes(path, func() { r.TearYesterday(path) })
}

// tearSnapshot tears the current snapshot in the catalog. Its rest may still be worth something to
// someone.
func (r *recording) tearSnapshot() {
	r.T.Helper()
	name := filepath.Join(r.State(), snapshot.Path("run"))
	aside := filepath.Join(r.State(), damagedDir, "1", snapshot.FileName("run"))
	r.tearFile(name, func(left []byte) {
		r.note(recorded{promise: &promise{place: r.State(), torn: left}})
		r.note(recorded{promise: &promise{place: aside, paths: []string{name, aside}, contents: [][]byte{r.read(name), left}}})
	})
}

// recordLife records a run's life. The run is stored, extended, given scores and overwritten
// twice; then new scores replace the scores that were carried over. Retention removes a part of
// its history. The run is then adopted, damaged, and restored in place, over nothing and over a
// torn file.
func recordLife(s *site) *recording {
	r := &recording{site: s, kept: map[string]bool{}, holdings: holdings{}}
	s.Check(os.MkdirAll(s.Stats(), 0o755))
	s.Check(os.MkdirAll(s.State(), 0o755))
	defer durable.Intercept(s.Dir, func(op durable.Op) error {
		op.Data = slices.Clone(op.Data)
		if !r.deaf {
			r.note(recorded{op: &op})
		}
		return nil
	})()
	trained, validated := filepath.Join(s.Stats(), "training_stats", "run"), filepath.Join(s.Stats(), "validation_scores", "run")
	trains := func(until int64, life float64) func() {
		return func() { r.writes(trained, func() { s.StoreTraining("run", training(0, until, life)) }) }
	}
	validates := func(life float64) func() {
		return func() { r.writes(validated, func() { s.StoreValidation("run", validation(life, 1, 3)) }) }
	}
	r.serve(catalog.Retention{}, trains(3, 0), trains(5, 0), validates(100), trains(4, 1), trains(2, 2), validates(300))
	r.expired = statstest.RowsOfTraining(training(0, 5, 0)) // the first generation
	r.promised(s.State())
	r.promised(r.backup())
	r.serve(catalog.Retention{Generations: 1}, trains(3, 2))
	r.lose(s.State())
	r.serve(catalog.Retention{}, trains(6, 2))
	r.tearSnapshot()
	r.serve(catalog.Retention{}, func() {})
	r.lose(s.Stats())
	r.restore(nil)
	r.tearFile(trained, func(left []byte) { r.promisedFile(trained, r.read(trained), left) })
	r.restore(r.read(trained))
	return r
}

// serve starts a service, does one thing after the other, and stops it.
func (r *recording) serve(keep catalog.Retention, things ...func()) {
	c, err := catalog.Open(r.State())
	r.Check(err)
	defer c.Close()
	ctx := context.Background()
	log := r.Log.WithOptions(zap.Hooks(func(e zapcore.Entry) error { r.logged(e.Message); return nil }))
	m := New(r.Tree(), c, []backup.Backup{dir.New(r.backup())}, Options{Log: log, Keep: keep})
	for _, do := range things {
		do()
		if err := m.Sync(ctx, "run"); !errors.Is(err, errAwaitsAdoption) {
			r.Check(err)
			r.promised(r.State())
		}
		r.Check(m.SyncAll(ctx, nil))
		r.promised(r.State())
		r.promised(r.backup())
	}
}

// logged records the promise of a log line.
func (r *recording) logged(message string) {
	switch message {
	case "run stored", "run extended", "run overwritten", "run adopted":
		r.promised(r.State())
	case "run mirrored":
		r.promised(r.backup())
	}
}

// restore restores the run in place, where the training stats are missing or torn.
func (r *recording) restore(torn []byte) {
	r.T.Helper()
	ctx := context.Background()
	snap, err := archive.New(dir.New(r.State())).Load(ctx, "run", 0)
	r.Check(err)
	before := len(r.events)
	all, err := restore.Write(ctx, r.Stats(), snap, restore.Options{})
	r.Check(err)
	for i, file := range all {
		content := r.read(file.Path)
		old := content
		if i == 0 || torn == nil {
			old = torn
		}
		r.events = slices.Insert(r.events, before, recorded{promise: &promise{place: file.Path, paths: []string{file.Path}, contents: [][]byte{old, content}}})
		r.promisedFile(file.Path, content)
	}
}

// name describes an event without its random parts.
func (r *recording) name(e recorded) string {
	if e.op == nil {
		return "a promise or a harm"
	}
	name := r.becomes(e.op.Path)
	if e.op.To != "" {
		name = e.op.To
	}
	if durable.IsTemp(filepath.Base(name)) {
		name = filepath.Join(filepath.Dir(name), "temporary")
	}
	return fmt.Sprintf("%s of %s", e.op.Kind, strings.TrimPrefix(name, r.Dir+"/"))
}

// becomes returns the name to which a temporary file is renamed, or else its own name.
func (r *recording) becomes(name string) string {
	for _, e := range r.events {
		if e.op != nil && e.op.Kind == durable.OpRename && e.op.Path == name && durable.IsTemp(filepath.Base(name)) {
			return e.op.To
		}
	}
	return name
}
