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

// Reasons for a scan that is due soon.
const (
	becauseLost  = "lost"  // events were lost
	becauseMoved = "moved" // a watched directory was moved or removed
)

// A loop is the state of one Run. Other goroutines share only the channels and
// missing.
type loop struct {
	Options
	root   string
	prefix string // of every path in the root
	emit   func(Change)
	open   func() (*fsnotify.Watcher, error)

	missing *atomic.Pointer[time.Time] // shared with the Watcher

	inotify *fsnotify.Watcher // nil while the kernel refuses one
	lost    chan error        // an error for each loss of events; holds one
	drained sync.WaitGroup

	runs     *settler // runs that changed, not yet emitted
	scans    *settler // reasons for a scan
	nextScan time.Time

	watched  map[string]bool // directories, by path
	links    links
	nextLook time.Time // when to check that the directories are still the same ones
	was      situation
	gone     bool // the log says that there is nothing to watch

	lossLogged time.Time // when the last loss was logged
	lossHeld   int       // losses since then that were not logged
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

// drain forwards the errors of fsnotify. It has its own goroutine because fsnotify reports some
// errors while holding the lock that Add needs: a goroutine that both added watches and received
// errors could deadlock. Any error may mean lost events. One waiting error stands for all that
// follow it, because the scan is still to come.
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

// deadline returns when elapse next has something to do.
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

// elapse does everything that is due.
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
	l.Log.Warn("events lost, scanning instead",
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

// isFrame reports whether path is the root, above it, or one of the directories that hold the runs.
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

// handleFrame scans at once when a directory appears. After a removal or a move it waits: the
// kernel reports a move twice, and a watch that is added before the second report does not last.
func (l *loop) handleFrame(op fsnotify.Op, now time.Time) {
	if op.Has(fsnotify.Create) {
		l.scan(now)
		return
	}
	l.scans.mark(becauseMoved, now)
}

// split splits a path into the run and the file in the run's directory. file is "" if path is the
// run itself.
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
		l.scans.mark(becauseMoved, now) // the scan reports the error and tries again
	}
}

// watch adds or renews a watch of the directory at path. A missing path is not an error: its
// removal is an event.
func (l *loop) watch(path string) error {
	if l.inotify == nil {
		return nil // openInotify returned the error
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
