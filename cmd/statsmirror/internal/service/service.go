package service

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/mirror"
	"statsmirror/mirror/catalog"
	"statsmirror/store"
	"statsmirror/watcher"
)

// Options of a Service.
type Options struct {
	Flags   *config.Flags
	Version string                                        // of the program, for the log
	Stderr  io.Writer                                     // gets the log, unless the journal does
	Allow   func(patience time.Duration) (release func()) // asks for more time after a signal to stop
}

// Service is the service of one configuration, not yet running.
type Service struct {
	config.Places
	options Options
	config  config.Config
	log     *zap.Logger
	buffer  *journal.BufferedCore // of log; nil until bufferLog

	started  time.Time // when the process began to serve; zero if it does not
	reloaded bool      // it replaces another service, which continues unless this one opens its catalog
	opened   bool

	stall atomic.Pointer[error] // why it makes no progress, found last; nil if it does
}

// New reads the configuration and makes all checks that do not touch data.
func New(o Options) (*Service, error) {
	c, err := o.Flags.Load()
	if err != nil {
		return nil, err
	}
	if warning := c.Warning(); warning != "" {
		fmt.Fprintln(o.Stderr, warning)
	}
	s := &Service{options: o, config: c}
	if s.Places, err = c.Places(); err != nil {
		return nil, err
	}
	s.log, err = newLogger(c, o.Stderr)
	return s, err
}

// Retention says which ended generations are kept.
func (s *Service) Retention() catalog.Retention { return s.config.Retention() }

// run watches and mirrors until ctx is done and all begun work is finished.
func (s *Service) run(ctx context.Context) error {
	ready := make(chan struct{})
	options := s.config.WatcherOptions()
	options.Dirs = kindDirs()
	options.Ignore = s.Tree().Ignores
	options.Follow = s.Tree().Follow
	options.Log = s.log
	options.Ready = func() { close(ready) }
	w := watcher.New(s.Stats, options)
	return s.withMirror(w.MissingFor, func(m *mirror.Mirror) error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return w.Run(ctx, func(c watcher.Change) { mark(m, c) }) })
		group.Go(func() error { return m.Run(ctx) })
		group.Go(func() error { return s.checkPlacesUntil(ctx.Done()) })
		defer s.report(m)()
		defer s.watch(ctx, ready, w, m)()
		return group.Wait()
	})
}

// checkPlacesUntil checks every minute that no two places have become one, because a link or a
// mount may appear later.
func (s *Service) checkPlacesUntil(done <-chan struct{}) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	var found <-chan error // of the check under way, which may hang with a mount
	for {
		select {
		case <-done:
			return nil
		case <-ticker.C:
			if found == nil {
				found = s.Look()
			}
		case err := <-found:
			if err != nil {
				return err
			}
			found = nil
		}
	}
}

func mark(m *mirror.Mirror, c watcher.Change) {
	if c.Run == "" {
		m.EnqueueAll()
		return
	}
	m.Enqueue(c.Run)
}

// watch reports the service to the service manager, from when it is ready until stop is called,
// which waits. Once ctx is done, the watcher ends before the mirror has finished; nothing waits for
// it then.
func (s *Service) watch(ctx context.Context, ready <-chan struct{}, w *watcher.Watcher, m *mirror.Mirror) (stop func()) {
	watching, cancel := context.WithCancel(context.Background())
	dog := watchdog{
		interval: systemd.WatchdogInterval(), status: m.Status, lost: s.buffer.Lost, notify: systemd.Notify, log: s.log,
		stalled: func(waiting context.Context) error {
			err := stalled(ctx, waiting, w, m)
			s.stall.Store(nil)
			if err != nil {
				s.stall.Store(&err)
			}
			return err
		},
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		select {
		case <-watching.Done():
			return
		case <-ready:
		}
		s.log.Info("ready", zap.String("event", EventReady))
		dog.ready()
		dog.run(watching)
	})
	return func() { cancel(); ended.Wait() }
}

// stalled returns an error if the watcher does not answer, or the mirror makes no progress. It does
// not wait for the watcher once ctx is done.
func stalled(ctx, waiting context.Context, w *watcher.Watcher, m *mirror.Mirror) error {
	waiting, cancel := context.WithCancel(waiting)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	if err := w.Alive(waiting); err != nil && ctx.Err() == nil {
		return err
	}
	return m.Stalled()
}

// announce logs that the service begins, with its places.
func (s *Service) announce(message, event string) {
	s.log.Info(message, zap.String("event", event), zap.String("version", s.options.Version),
		zap.String("stats", s.Stats), zap.String("state", s.State), zap.Stringers("backups", s.Backups))
}

// Once calls use with a mirror over the locked catalog, while nobody watches the stats tree.
func (s *Service) Once(use func(*mirror.Mirror) error) error { return s.withMirror(nil, use) }

// withMirror calls use with a mirror over the locked catalog. rootMissing returns for how long
// there has been no stats tree to watch; nil if nobody watches.
func (s *Service) withMirror(rootMissing func() time.Duration, use func(*mirror.Mirror) error) error {
	c, err := catalog.Open(s.State)
	if err != nil {
		return err
	}
	defer c.Close()
	s.opened = true
	if s.reloaded {
		s.announce("configuration reloaded", EventConfigReloaded)
	}
	options := s.config.MirrorOptions()
	options.Flags = s.options.Flags.PlaceArgs()
	options.Log, options.Started = s.log, s.started
	options.RootMissing, options.Intervals = rootMissing, s.Intervals
	return use(mirror.New(s.Tree(), c, s.Backups, options))
}

// Tree returns the stats tree.
func (s *Service) Tree() store.Tree { return s.config.Tree(s.Stats) }

func kindDirs() []string {
	var dirs []string
	for _, kind := range store.Kinds {
		dirs = append(dirs, string(kind))
	}
	return dirs
}
