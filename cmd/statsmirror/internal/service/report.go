package service

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"

	"statsmirror/cmd/statsmirror/internal/status"
	"statsmirror/mirror"
)

// reporter writes the figures of the service to files, at once and again and again. A file system
// that hangs holds up nothing else.
type reporter struct {
	figures func() mirror.Status
	write   map[string]func(mirror.Status) error // by path
	log     *zap.Logger
}

// report begins to write the figures of the service, until stop is called.
func (s *Service) report(m *mirror.Mirror) (stop func()) {
	dir := status.Dir(s.State)
	r := reporter{figures: m.Status, log: s.log, write: map[string]func(mirror.Status) error{
		filepath.Join(dir, status.Name): func(now mirror.Status) error { return s.statusFile(now).Write(dir) },
	}}
	if path := string(s.config.Metrics); path != "" {
		r.write[path] = func(now mirror.Status) error { return s.statusFile(now).WriteMetrics(path) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	for path := range r.write {
		ended.Go(func() { r.run(ctx, path) })
	}
	return func() { cancel(); ended.Wait() }
}

// statusFile returns the figures of the service.
func (s *Service) statusFile(now mirror.Status) status.File {
	f := status.New(now)
	f.Started, f.Version, f.Stats, f.State = s.started, s.options.Version, s.Stats, s.State
	f.Verified = status.ReadVerified(s.State)
	if err := s.stall.Load(); err != nil {
		f.Stalled = (*err).Error()
	}
	return f
}

// run writes one file until ctx is done. Then it waits a moment for a write that has begun.
func (r reporter) run(ctx context.Context, path string) {
	const patience = time.Second
	failed := false
	for {
		wait, now := status.Every, r.figures()
		if now.Starting {
			wait = time.Second
		}
		written := make(chan error, 1)
		go func() { written <- r.write[path](now) }()
		select {
		case err := <-written:
			failed = r.tell(path, err, failed)
		case <-ctx.Done():
			select {
			case err := <-written:
				r.tell(path, err, failed)
			case <-time.After(patience):
			}
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// tell logs an error unless the write before failed too. It returns whether this one failed.
func (r reporter) tell(path string, err error, before bool) (failed bool) {
	if err != nil && !before {
		r.log.Warn("status not written", zap.String("event", EventStatusFailed), zap.String("path", path), zap.NamedError("err", err))
	}
	return err != nil
}

// unreport removes the status file, unless the next service replaces it.
func (s *Service) unreport(next *Service) {
	if !s.opened || next != nil && next.State == s.State {
		return
	}
	removed := make(chan struct{})
	go func() { _ = status.Remove(status.Dir(s.State)); close(removed) }() // a status that stays is stale soon
	select {
	case <-removed:
	case <-time.After(time.Second):
	}
}
