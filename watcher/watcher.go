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

// A Change says that a run may have changed: appeared, grown, been rewritten or
// gone.
type Change struct {
	Run string // name of an entry of one of the watched directories; "" after a scan: any
}

// Polling says when the tree is scanned at the poll interval.
type Polling string

// The ways to poll.
const (
	PollAuto   Polling = "auto"   // where events cannot be relied on: remote file systems, FUSE, inotify's limits
	PollAlways Polling = "always" // besides the events there are
	PollNever  Polling = "never"  // nowhere: what causes no event is found at the rescan
)

// Options of a Watcher; the zero value works.
type Options struct {
	Dirs    []string               // directories in the root whose entries are runs; default training_stats and validation_scores
	Quiet   time.Duration          // how long a run must be quiet before its Change; default 100 ms
	Ceiling time.Duration          // how long a run that is never quiet waits for its Change, at least Quiet; default 2 s
	Rescan  time.Duration          // between scans of the whole tree; default 10 min
	Poll    time.Duration          // between scans where the tree is polled or its root missing; default 10 s
	Polling Polling                // default PollAuto
	Ignore  func(name string) bool // base names that are no runs, nor content of them, such as temporary files; default none
	Log     *zap.Logger            // default none

	// Follow returns the path of what a name in the root, "training_stats" or "training_stats/run",
	// leads to, if it is a symbolic link that may be followed; else an error. Default: none may.
	Follow func(name string) (string, error)

	Ready func() // called once, when the watches stand and the Change of the first scan has been told; default none
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
	asked   chan struct{} // received from while Run is not held up
	open    func() (*fsnotify.Watcher, error)
	missing atomic.Pointer[time.Time] // since when there is nothing to watch, nil while there is
}

// New returns a Watcher of the tree at root, which need not be there yet. It
// starts nothing.
func New(root string, o Options) *Watcher {
	return &Watcher{
		root:    root,
		options: o.withDefaults(),
		asked:   make(chan struct{}),
		open:    fsnotify.NewWatcher,
	}
}

// Alive returns nil when Run has come to receive events and to see what is due, which a
// hung file system, say, keeps it from; else the error of ctx.
func (w *Watcher) Alive(ctx context.Context) error {
	select {
	case w.asked <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the scan of %s does not end: %w", w.root, ctx.Err())
	}
}

// MissingFor returns how long the root, or every directory in it that holds runs,
// has been missing; 0 while there is something to watch, and before the first scan.
func (w *Watcher) MissingFor() time.Duration {
	if since := w.missing.Load(); since != nil {
		return time.Since(*since)
	}
	return 0
}

// Run watches until ctx is done, and returns nil then. It calls emit, which
// must not block, for each Change. All its goroutines have ended when it
// returns. It must not be called again before that.
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
				return errors.New("read inotify events: closed")
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
