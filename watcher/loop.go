package watcher

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// Why a scan is due soon.
const (
	becauseLost  = "lost"  // events were
	becauseMoved = "moved" // a watched directory was, or removed
)

// A loop is the state of one Run. Other goroutines share only the channels and
// missing.
type loop struct {
	Options
	root   string
	prefix string // of the paths in root
	emit   func(Change)
	open   func() (*fsnotify.Watcher, error)

	missing *atomic.Pointer[time.Time] // of the Watcher

	inotify *fsnotify.Watcher // nil while the kernel allows none
	lost    chan error        // events have been lost, and why
	drained sync.WaitGroup

	runs     *settler // changed, not yet emitted
	scans    *settler // reasons for a scan
	nextScan time.Time

	watched  map[string]bool // directories, by path
	links    links
	nextLook time.Time // when to look whether the tree is still the same
	was      situation

	lossLogged time.Time // when the log last said that events were lost
	lossHeld   int       // how often it did not since
}

func newLoop(w *Watcher, root string, emit func(Change)) *loop {
	o := w.options
	return &loop{
		Options: o,
		root:    root,
		prefix:  strings.TrimSuffix(root, "/") + "/",
		emit:    emit,
		open:    w.open,
		missing: &w.missing,
		lost:    make(chan error, 1),
		runs:    newSettler(o.Quiet, o.Ceiling),
		scans:   newSettler(o.Quiet, o.Ceiling),
	}
}

// openInotify opens inotify if it is not open.
func (l *loop) openInotify() error {
	if l.inotify != nil {
		return nil
	}
	inotify, err := l.open()
	if err != nil {
		return err
	}
	l.inotify = inotify
	l.drained.Go(func() { drain(inotify.Errors, l.lost) })
	return nil
}

// drain has a goroutine of its own because fsnotify reports some errors with
// the lock held that Add needs: one goroutine that added watches and
// received errors could wait for itself. Any error may stand for lost events; one
// that waits stands for all that follow, for the scan is still to come.
func drain(errs <-chan error, lost chan<- error) {
	for err := range errs {
		select {
		case lost <- err:
		default:
		}
	}
}

func (l *loop) close() {
	if l.inotify != nil {
		_ = l.inotify.Close() // nothing was written
	}
	l.drained.Wait()
}

func (l *loop) events() <-chan fsnotify.Event {
	if l.inotify == nil {
		return nil
	}
	return l.inotify.Events
}

// deadline returns when elapse has something to do.
func (l *loop) deadline() time.Time {
	first := l.nextScan
	if l.Polling != PollNever && l.nextLook.Before(first) {
		first = l.nextLook
	}
	for _, s := range []*settler{l.runs, l.scans} {
		if due, ok := s.next(); ok && due.Before(first) {
			first = due
		}
	}
	return first
}

// elapse does what is due.
func (l *loop) elapse(now time.Time) {
	if due, ok := l.scans.next(); (ok && !due.After(now)) || !l.nextScan.After(now) {
		l.scan(now)
	} else if l.Polling != PollNever && !l.nextLook.After(now) {
		l.look(now)
	}
	for {
		run, ok := l.runs.pop(now)
		if !ok {
			return
		}
		l.emit(Change{Run: run})
	}
}

func (l *loop) handleLoss(err error, now time.Time) {
	l.scans.mark(becauseLost, now)
	if now.Sub(l.lossLogged) < time.Minute {
		l.lossHeld++
		return
	}
	limit := readLimit("max_queued_events", 65536)
	l.Log.Warn("events were lost, scanning instead",
		zap.String("event", eventOverflow), zap.String("sysctl", limit.sysctl),
		zap.Int("current", limit.current), zap.Int("suggested", limit.suggested),
		zap.Int("held_back", l.lossHeld), zap.NamedError("err", err))
	l.lossLogged, l.lossHeld = now, 0
}

func (l *loop) handle(event fsnotify.Event, now time.Time) {
	if event.Op == fsnotify.Chmod {
		return
	}
	path := filepath.Clean(event.Name)
	for _, run := range l.links.runs(path, l.Ignore) {
		l.runs.mark(run, now)
		if l.watched[path] {
			l.scans.mark(becauseMoved, now)
		}
	}
	if l.isFrame(path) {
		l.handleFrame(event.Op, now)
		return
	}
	run, file, ok := l.split(path)
	if !ok || l.Ignore(run) || l.Ignore(file) {
		return
	}
	l.runs.mark(run, now)
	if file != "" {
		return
	}
	if l.watched[path] && (event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename)) {
		l.scans.mark(becauseMoved, now)
	}
	if event.Has(fsnotify.Create) {
		l.watchRun(path, now)
	}
}

// isFrame says whether path is one of the directories that hold the runs, the root,
// or above it.
func (l *loop) isFrame(path string) bool {
	if path == l.root || strings.HasPrefix(l.root, strings.TrimSuffix(path, "/")+"/") {
		return true
	}
	for _, dir := range l.Dirs {
		if path == l.prefix+dir {
			return true
		}
	}
	return false
}

// handleFrame scans at once when a directory appears. When one is gone or moved it
// waits: the kernel tells of a move twice, and only after the second time
// a watch that is added again lasts.
func (l *loop) handleFrame(op fsnotify.Op, now time.Time) {
	if op.Has(fsnotify.Create) {
		l.scan(now)
		return
	}
	l.scans.mark(becauseMoved, now)
}

// split takes a path apart into the run and the file in the run's directory, ""
// if path is the run itself.
func (l *loop) split(path string) (run, file string, ok bool) {
	rest, ok := strings.CutPrefix(path, l.prefix)
	if !ok {
		return "", "", false
	}
	for _, dir := range l.Dirs {
		if name, ok := strings.CutPrefix(rest, dir+"/"); ok {
			run, file, _ = strings.Cut(name, "/")
			return run, file, true
		}
	}
	return "", "", false
}

// watchRun watches the run at path if it is a directory.
func (l *loop) watchRun(path string, now time.Time) {
	info, err := os.Lstat(path)
	if err != nil {
		return
	}
	if info.Mode()&os.ModeSymlink != 0 {
		err = l.watchLink(path)
	} else if info.IsDir() {
		err = l.watch(path)
	}
	if err != nil {
		l.scans.mark(becauseMoved, now) // which says what is wrong, and tries again
	}
}

// watch adds a watch of the directory at path, or renews it. It is no error that
// path is gone: its removal is an event.
func (l *loop) watch(path string) error {
	if l.inotify == nil {
		return nil // said when it was opened
	}
	err := l.inotify.Add(path)
	if err == nil {
		l.watched[path] = true
		return nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return &os.PathError{Op: "watch", Path: path, Err: err}
}
