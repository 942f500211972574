package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/mirror"
	"statsmirror/mirror/backup"
	"statsmirror/store"
	"statsmirror/watcher"
)

// service is what one configuration amounts to, not yet running.
type service struct {
	flags   *flags
	config  Config
	stats   string
	state   string
	backups []backup.Backup
	log     *zap.Logger
	buffer  *journal.BufferedCore // of log; nil until bufferLog

	started  time.Time // when the process began to serve, zero if it does not
	reloaded bool      // it follows another, which it goes back to unless it opens its catalog
	opened   bool
}

// newService reads the configuration and checks what can be checked without
// touching data.
func newService(f *flags, stderr io.Writer) (*service, error) {
	config, err := f.load()
	if err != nil {
		return nil, err
	}
	if config.Stats == "" {
		return nil, &statusError{exitUsage, errNoStats}
	}
	if config.warning != "" {
		fmt.Fprintln(stderr, config.warning)
	}
	s := &service{flags: f, config: config}
	if s.stats, err = filepath.Abs(string(config.Stats)); err != nil {
		return nil, fmt.Errorf("find the stats tree: %w", err)
	}
	if s.state, err = config.stateDir(); err != nil {
		return nil, err
	}
	if s.backups, err = config.openBackups(); err != nil {
		return nil, err
	}
	if err := checkPlaces(s.stats, s.state, s.backups); err != nil {
		return nil, err
	}
	s.log, err = config.newLogger(stderr)
	return s, err
}

// run watches and mirrors until ctx is done and what was begun is finished.
func (s *service) run(ctx context.Context) error {
	ready := make(chan struct{})
	options := s.config.watcherOptions()
	options.Dirs = kindDirs()
	options.Ignore = s.tree().Ignores
	options.Follow = s.tree().Follow
	options.Log = s.log
	options.Ready = func() { close(ready) }
	w := watcher.New(s.stats, options)
	return s.withMirror(w.MissingFor, func(m *mirror.Mirror) error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return w.Run(ctx, func(c watcher.Change) { mark(m, c) }) })
		group.Go(func() error { return m.Run(ctx) })
		group.Go(func() error { return s.checkPlacesUntil(ctx.Done()) })
		stop := s.watch(ctx, ready, w, m)
		defer stop()
		return group.Wait()
	})
}

// checkPlacesUntil checks every minute that no two places have become one: a link or a mount may
// appear later.
func (s *service) checkPlacesUntil(done <-chan struct{}) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	var found <-chan error // of the check under way, which may hang with a mount
	for {
		select {
		case <-done:
			return nil
		case <-ticker.C:
			if found == nil {
				found = lookAtPlaces(s.stats, s.state, s.backups)
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

// watch tells the service manager of the service from when it is ready until
// stop is called, which waits. When ctx is done the watcher ends before the mirror
// has finished, and is not waited for any more.
func (s *service) watch(ctx context.Context, ready <-chan struct{}, w *watcher.Watcher, m *mirror.Mirror) (stop func()) {
	watching, cancel := context.WithCancel(context.Background())
	dog := watchdog{
		interval: watchdogInterval(), status: m.Status, lost: s.buffer.Lost, notify: notifyManager, log: s.log,
		stalled: func(waiting context.Context) error {
			waiting, cancel := context.WithCancel(waiting)
			defer cancel()
			defer context.AfterFunc(ctx, cancel)()
			if err := w.Alive(waiting); err != nil && ctx.Err() == nil {
				return err
			}
			return m.Stalled()
		},
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		select {
		case <-watching.Done():
			return
		case <-ready:
		}
		s.log.Info("ready", zap.String("event", eventReady))
		dog.ready()
		dog.run(watching)
	})
	return func() { cancel(); ended.Wait() }
}

// announce says that the service begins, with what it watches and where it
// mirrors to.
func (s *service) announce(message, event string) {
	s.log.Info(message, zap.String("event", event), zap.String("version", versionString()),
		zap.String("stats", s.stats), zap.String("state", s.state), zap.Stringers("backups", s.backups))
}

// withMirror calls use with a mirror over the locked catalog. rootMissing says for how
// long there has been no stats tree to watch; nil where nobody watches.
func (s *service) withMirror(rootMissing func() time.Duration, use func(*mirror.Mirror) error) error {
	catalog, err := mirror.OpenCatalog(s.state)
	if err != nil {
		return err
	}
	defer catalog.Close()
	s.opened = true
	if s.reloaded {
		s.announce("configuration reloaded", eventConfigReloaded)
	}
	options := s.config.mirrorOptions()
	options.Flags = s.flags.place()
	options.Log, options.Started = s.log, s.started
	options.RootMissing = rootMissing
	return use(mirror.New(s.tree(), catalog, s.backups, options))
}

func (s *service) tree() store.Tree {
	t := store.Tree{Dir: s.stats, Quiet: time.Duration(s.config.QuietPeriod)}
	for _, p := range s.config.Ignore {
		t.Ignore = append(t.Ignore, string(p))
	}
	return t
}

func kindDirs() []string {
	var dirs []string
	for _, kind := range store.Kinds {
		dirs = append(dirs, string(kind))
	}
	return dirs
}
