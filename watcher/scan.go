package watcher

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"
)

// A situation is what an operator wants to know about the watch.
type situation struct {
	root    os.FileInfo // nil if it does not exist
	dirs    bool        // one of the directories that hold the runs exists
	trouble error       // the first error of watching or reading a directory
	polling string      // why the tree is polled; "" if it is not
	known   bool        // false before the first scan

	identity [3]identity // of the root and the directories in it
}

// scan adds and renews all watches, then emits that any run may have changed. It emits last, so
// that no change between the watches goes unseen.
func (l *loop) scan(now time.Time) {
	l.scans.clear()
	before := l.watched
	l.watched = make(map[string]bool, len(before))

	s := situation{known: true, trouble: l.openInotify(), identity: l.identify()}
	l.links = newLinks(l.root)
	if s.root = l.approach(&s); s.root != nil {
		l.scanDirs(&s)
	}
	l.emit(Change{})
	l.unwatch(before)

	s.polling = l.pollReason(s)
	l.noteMissing(s, now)
	l.report(s)
	l.was = s
	l.nextScan, l.nextLook = now.Add(l.interval(s)), now.Add(l.Poll)
}

// approach watches the root and its parent. If the root does not exist, approach watches its
// nearest ancestor that does. It returns nil if the root is missing or hidden by permissions; the
// latter is trouble.
func (l *loop) approach(s *situation) os.FileInfo {
	for {
		if _, err := os.Stat(l.root); errors.Is(err, os.ErrPermission) {
			s.try(err)
			return nil
		}
		nearest := nearestDir(l.root)
		if nearest == l.root {
			l.watchParent(s)
		}
		s.try(l.watch(nearest))
		if nearest != nearestDir(l.root) {
			continue // created or removed meanwhile, perhaps before the watch
		}
		if nearest != l.root {
			return nil
		}
		if info, err := os.Stat(l.root); err == nil {
			return info
		}
	}
}

// watchParent watches the root's parent, so that a new root is seen at once. A parent that may not
// be read is not trouble: the poll interval finds the root.
func (l *loop) watchParent(s *situation) {
	if err := l.watch(filepath.Dir(l.root)); !errors.Is(err, os.ErrPermission) {
		s.try(err)
	}
}

// nearestDir returns path if it is a directory, else its nearest ancestor that is.
func nearestDir(path string) string {
	for {
		parent := filepath.Dir(path)
		if info, err := os.Stat(path); (err == nil && info.IsDir()) || parent == path {
			return path
		}
		path = parent
	}
}

// try keeps the first error.
func (s *situation) try(err error) {
	if s.trouble == nil {
		s.trouble = err
	}
}

// scanDirs watches the directories that hold the runs, and the runs that are directories.
func (l *loop) scanDirs(s *situation) {
	for _, dir := range l.Dirs {
		if err := l.scanDir(dir, s); !errors.Is(err, os.ErrNotExist) {
			s.try(err)
		}
	}
}

// scanDir watches the directory called name in the root, and the directories in it. Anything else
// called name is skipped.
func (l *loop) scanDir(name string, s *situation) error {
	const part = 1 << 10 // entries: there may be very many
	path := filepath.Join(l.root, name)
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		err = l.followDir(name)
	} else if !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	s.dirs = true
	s.try(l.watch(path))
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(part)
		for _, entry := range entries {
			switch at := filepath.Join(path, entry.Name()); {
			case l.Ignore(entry.Name()):
			case entry.IsDir():
				s.try(l.watch(at))
			case entry.Type()&os.ModeSymlink != 0:
				s.try(l.watchLink(at))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// unwatch removes the watches in before that were not renewed.
func (l *loop) unwatch(before map[string]bool) {
	for path := range before {
		if !l.watched[path] && l.inotify != nil {
			_ = l.inotify.Remove(path) // usually gone with its directory
		}
	}
}

// pollReason returns why the tree is polled; "" if it is not.
func (l *loop) pollReason(s situation) string {
	switch {
	case l.Polling == PollAlways:
		return "configured"
	case l.Polling == PollNever || s.root == nil:
		return ""
	case s.trouble != nil:
		return "not everything can be watched"
	}
	for _, dir := range append([]string{""}, l.Dirs...) {
		if name := remoteFileSystem(filepath.Join(l.root, dir)); name != "" {
			return "file system " + name
		}
	}
	for path := range l.links.from {
		if name := remoteFileSystem(path); name != "" {
			return "file system " + name
		}
	}
	return ""
}

// interval returns the time until the next scan.
func (l *loop) interval(s situation) time.Duration {
	if s.polling != "" || (s.root == nil && l.Polling != PollNever) {
		return min(l.Poll, l.Rescan)
	}
	return l.Rescan
}

// noteMissing remembers since when there has been nothing to watch.
func (l *loop) noteMissing(s situation, now time.Time) {
	switch {
	case s.dirs:
		l.missing.Store(nil)
	case l.missing.Load() == nil:
		l.missing.Store(&now)
	}
}

// report logs what changed since the last scan.
func (l *loop) report(s situation) {
	path := zap.String("path", l.root)
	if s.trouble != nil && !sameTrouble(s.trouble, l.was.trouble) {
		l.reportTrouble(s.trouble)
	}
	l.reportRoot(s, path)
	if s.root == nil || s.trouble != nil || (l.was.root != nil && l.was.trouble == nil && l.was.polling == s.polling) {
		return
	}
	if s.polling != "" {
		l.Log.Info("polling", zap.String("event", eventPolling), path,
			zap.String("reason", s.polling), zap.Int64("interval_ms", l.interval(s).Milliseconds()))
		return
	}
	l.Log.Info("watching", zap.String("event", eventStarted), path,
		zap.Int("watches", len(l.watched)))
}

// reportRoot logs when there is nothing to watch any more, and when there is again. A tree that is
// mounted or made step by step is back once it has a directory that holds runs.
func (l *loop) reportRoot(s situation, path zap.Field) {
	switch {
	case s.dirs && (l.gone || l.was.known && !os.SameFile(s.root, l.was.root)):
		l.gone = false
		l.Log.Info("stats directory found again", zap.String("event", eventRootBack), path)
	case s.dirs || s.hidden() || l.gone:
	case s.root == nil:
		l.gone = true
		l.Log.Warn("stats directory missing", zap.String("event", eventRootGone), path)
	case s.trouble == nil:
		l.gone = true
		l.Log.Warn("stats directory without directories of runs", zap.String("event", eventRootGone), path,
			zap.String("err", "has neither "+strings.Join(l.Dirs, " nor ")+"; give the directory that has them, or wait for the first run: DaCapo creates them"))
	}
}

func (l *loop) reportTrouble(err error) {
	limit, ok := limitOf(err)
	if !ok {
		l.Log.Warn("stats tree not readable", zap.String("event", eventUnreadable),
			zap.NamedError("err", err), zap.Int("uid", os.Geteuid()))
		return
	}
	l.Log.Warn("no more inotify watches or instances", zap.String("event", eventLimit),
		zap.String("sysctl", limit.sysctl), zap.Int("current", limit.current),
		zap.Int("suggested", limit.suggested), zap.NamedError("err", err))
}

// hidden reports whether permissions hide whether the root exists.
func (s *situation) hidden() bool { return s.root == nil && errors.Is(s.trouble, os.ErrPermission) }

// sameTrouble reports whether a and b tell an operator the same thing. The path at which a limit
// was hit does not matter.
func sameTrouble(a, b error) bool {
	if a == nil || b == nil {
		return false
	}
	limitA, okA := limitOf(a)
	limitB, okB := limitOf(b)
	return (okA && okB && limitA.sysctl == limitB.sysctl) || a.Error() == b.Error()
}
