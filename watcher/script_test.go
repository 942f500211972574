package watcher

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// A tree is a stats tree that is watched while a test changes it.
type tree struct {
	*testing.T
	top     string // a directory above the root
	root    string
	changes chan string
	ready   chan struct{}
	logs    *observer.ObservedLogs
	events  chan string // messages in the order logged
	watcher *Watcher
	inotify chan *fsnotify.Watcher // receives each watcher that is opened
}

// watch starts a watcher of the tree that setup makes. It rescans hourly unless o says otherwise,
// so every change that a test sees comes from an event.
func watch(t *testing.T, o Options, setup string) *tree {
	t.Helper()
	return watchIn(t, t.TempDir(), "stats", o, setup)
}

// watchIn is watch with a root below top.
func watchIn(t *testing.T, top, root string, o Options, setup string) *tree {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	events := make(chan string, 1000)
	tr := &tree{
		T: t, top: top, root: filepath.Join(top, root), logs: logs, events: events,
		changes: make(chan string, 100_000), ready: make(chan struct{}), inotify: make(chan *fsnotify.Watcher, 1),
	}
	tr.run(setup)
	if o.Ready == nil {
		o.Ready = func() {}
	}
	first := o.Ready
	o.Log, o.Ready = zap.New(core, zap.Hooks(func(e zapcore.Entry) error {
		events <- e.Message
		return nil
	})), func() {
		first()
		close(tr.ready)
	}
	o.Quiet = orDefault(o.Quiet, 20*time.Millisecond)
	o.Rescan, o.Poll = orDefault(o.Rescan, time.Hour), orDefault(o.Poll, time.Hour)
	tr.watcher = New(tr.root, o)
	tr.watcher.open = func() (*fsnotify.Watcher, error) {
		w, err := fsnotify.NewWatcher()
		tr.inotify <- w
		return w, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	each := &looker{root: tr.root, ignore: tr.watcher.options.Ignore, found: func(run string) { tr.changes <- run }}
	go func() { done <- tr.watcher.Run(ctx, each.emit) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	<-tr.ready
	return tr
}

// A looker stands for the user of a watcher. It turns a Change without a name into one Change of
// each run that exists, or existed at its last look.
type looker struct {
	root   string
	ignore func(string) bool
	found  func(run string)
	seen   map[string]bool
}

func (l *looker) emit(c Change) {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	if c.Run != "" {
		l.seen[c.Run] = true
		l.found(c.Run)
		return
	}
	there := map[string]bool{}
	for _, dir := range []string{"training_stats", "validation_scores"} {
		if info, err := os.Lstat(filepath.Join(l.root, dir)); err != nil || !info.IsDir() {
			continue
		}
		entries, _ := os.ReadDir(filepath.Join(l.root, dir))
		for _, e := range entries {
			if !l.ignore(e.Name()) {
				there[e.Name()], l.seen[e.Name()] = true, true
			}
		}
	}
	for run := range l.seen {
		l.found(run)
	}
	l.seen = there
}

// run runs a script of shell-like commands, one per line, on paths below top.
func (tr *tree) run(script string) {
	tr.Helper()
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := tr.command(words[0], words[1:]); err != nil {
			tr.Fatalf("%s: %v", strings.TrimSpace(line), err)
		}
	}
}

func (tr *tree) command(name string, args []string) error {
	paths := make([]string, len(args))
	for i, arg := range args {
		paths[i] = filepath.Join(tr.top, arg)
	}
	switch name {
	case "mkdir":
		return os.MkdirAll(paths[0], 0o777)
	case "write":
		return os.WriteFile(paths[0], []byte("x"), 0o666)
	case "append":
		return appendTo(paths[0])
	case "mv":
		return os.Rename(paths[0], paths[1])
	case "rm":
		return os.RemoveAll(paths[0])
	case "chmod":
		return os.Chmod(paths[0], 0o700)
	case "ln":
		return os.Symlink(paths[0], paths[1])
	}
	tr.Fatalf("no command %q", name)
	return nil
}

func appendTo(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString("x"); err != nil {
		return err
	}
	return f.Close()
}

// want waits for a change of each of the runs, in any order. A change of any other run fails the
// test.
func (tr *tree) want(runs ...string) {
	tr.Helper()
	tr.wantOr(nil, runs...)
}

// wantOr is want, but changes of others are allowed.
func (tr *tree) wantOr(others []string, runs ...string) {
	tr.Helper()
	left := slices.Clone(runs)
	for len(left) > 0 {
		run := tr.next()
		i := slices.Index(left, run)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else if !slices.Contains(others, run) {
			tr.Fatalf("change of %q, want %q", run, left)
		}
	}
}

// await waits for a change of run and ignores the changes before it.
func (tr *tree) await(run string) {
	tr.Helper()
	for tr.next() != run {
	}
}

func (tr *tree) next() string {
	tr.Helper()
	select {
	case run := <-tr.changes:
		return run
	case <-time.After(30 * time.Second):
		tr.Fatalf("no change within 30 s; logged: %v", tr.logs.All())
		return ""
	}
}

func (tr *tree) logged(event string) int {
	return tr.logs.FilterField(zap.String("event", event)).Len()
}

// awaitLog waits until event has been logged.
func (tr *tree) awaitLog(event string) {
	tr.Helper()
	for tr.logged(event) == 0 {
		select {
		case <-tr.events:
		case <-time.After(30 * time.Second):
			tr.Fatalf("%s not logged within 30 s", event)
		}
	}
}
