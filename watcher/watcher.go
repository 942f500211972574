package watcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// A Change reports that a run may have changed: appeared, grown, been rewritten or disappeared.
type Change struct {
	Run string // an entry of one of the watched directories; "" means any run may have changed
}

// Polling says when the tree is scanned at the poll interval.
type Polling string

// The values of Polling.
const (
	PollAuto   Polling = "auto"   // where events cannot be relied on: remote file systems, FUSE, inotify's limits
	PollAlways Polling = "always" // everywhere, besides events
	PollNever  Polling = "never"  // nowhere; a change without an event waits for the rescan
)

// Options of a Watcher. The zero value works.
type Options struct {
	Dirs    []string               // directories in the root whose entries are runs; default training_stats and validation_scores
	Quiet   time.Duration          // how long a run must be quiet before its Change; default 100 ms
	Ceiling time.Duration          // how long a run that is never quiet waits for its Change, at least Quiet; default 2 s
	Rescan  time.Duration          // between scans of the whole tree; default 10 min
	Poll    time.Duration          // between scans while the tree is polled or its root is missing; default 10 s
	Polling Polling                // default PollAuto
	Ignore  func(name string) bool // base names to skip, such as temporary files; default none
	Log     *zap.Logger            // default none

	// Follow takes a name in the root, such as "training_stats" or "training_stats/run". It returns
	// the path of the link's target, or an error if name is not a symbolic link that may be
	// followed. By default no link may.
	Follow func(name string) (string, error)

	Ready func() // called once, when the watches stand and the first scan has sent its Change; default none
}

func (o Options) withDefaults() Options {
	if o.Dirs == nil {
		o.Dirs = []string{"training_stats", "validation_scores"}
	}
	o.Quiet = orDefault(o.Quiet, 100*time.Millisecond)
	o.Ceiling = max(orDefault(o.Ceiling, 2*time.Second), o.Quiet)
	o.Rescan = orDefault(o.Rescan, 10*time.Minute)
	o.Poll = orDefault(o.Poll, 10*time.Second)
	o.Polling = orDefault(o.Polling, PollAuto)
	if o.Ignore == nil {
		o.Ignore = func(string) bool { return false }
	}
	if o.Follow == nil {
		o.Follow = func(string) (string, error) { return "", os.ErrNotExist }
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Ready == nil {
		o.Ready = func() {}
	}
	return o
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// A Watcher watches one stats tree.
type Watcher struct {
	root    string
	options Options
	asked   chan struct{} // received from while Run is not blocked
	open    func() (*fsnotify.Watcher, error)
	missing atomic.Pointer[time.Time] // since when there has been nothing to watch; nil while there is
}

// New returns a Watcher of the tree at root, which need not exist yet. It starts nothing.
func New(root string, o Options) *Watcher {
	return &Watcher{
		root:    root,
		options: o.withDefaults(),
		asked:   make(chan struct{}),
		open:    fsnotify.NewWatcher,
	}
}

// Alive returns nil as soon as Run is back at its select, ready for events. A hung file system may
// keep it from there; then Alive returns the error of ctx.
func (w *Watcher) Alive(ctx context.Context) error {
	select {
	case w.asked <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("scan of %s has not ended: %w", w.root, ctx.Err())
	}
}

// MissingFor returns how long the root, or every directory in it that holds runs, has been missing.
// It returns 0 while there is something to watch, and before the first scan.
func (w *Watcher) MissingFor() time.Duration {
	if since := w.missing.Load(); since != nil {
		return time.Since(*since)
	}
	return 0
}

// Run watches until ctx is done, then returns nil. It calls emit, which must not block, for each
// Change. When Run returns, all its goroutines have ended. It must not run twice at a time.
func (w *Watcher) Run(ctx context.Context, emit func(Change)) error {
	root, err := filepath.Abs(w.root)
	if err != nil {
		return fmt.Errorf("find stats directory: %w", err)
	}
	l := newLoop(w, root, emit)
	defer l.close()

	l.scan(time.Now())
	w.options.Ready()
	timer := time.NewTimer(time.Until(l.deadline()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-l.events():
			if !ok {
				return errors.New("read inotify events: the watcher closed its channel")
			}
			l.handle(event, time.Now())
		case err := <-l.lost:
			l.handleLoss(err, time.Now())
		case <-w.asked:
		case <-timer.C:
			l.elapse(time.Now())
		}
		timer.Reset(time.Until(l.deadline()))
	}
}
