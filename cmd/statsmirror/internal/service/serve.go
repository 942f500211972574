package service

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/mirror"
)

// Serve serves until ctx is done. Each hangup replaces the service with one of the present
// configuration, if that has no error and its catalog can be opened. An error after a service has
// begun is a *LoggedError.
func Serve(ctx context.Context, o Options, hangups <-chan os.Signal) error {
	started := time.Now()
	load := func() (*Service, error) {
		s, err := New(o)
		if err == nil {
			s.started = started
			s.bufferLog()
		}
		return s, err
	}
	s, err := load()
	if err != nil {
		return err
	}
	s.announce("started", EventStarted)
	defer func() { s.endLog() }()
	defer func() { s.unreport(nil) }()
	var previous *Service // the service that s replaces
	for {
		next, err := serveUntilReload(ctx, s, hangups, load)
		_ = o.Allow(3 * journal.SyncPatience) // in case the log is blocked
		_ = s.log.Sync()                      // before the next service's lines, and before the end of the process
		switch {
		case next != nil:
			s.unreport(next)
			previous, s = s, next
		case err != nil && s.reloaded && !s.opened:
			previous.rejectReload(err)
			s = previous
		case err != nil:
			s.log.Error("failed", zap.String("event", EventFailed), zap.String("err", err.Error()+usage.Remedy(err)))
			return &LoggedError{err}
		default:
			s.log.Info("stopped", zap.String("event", EventStopped))
			return nil
		}
	}
}

// serveUntilReload runs s until ctx is done, or until a hangup for which load returns a service to
// continue with.
func serveUntilReload(ctx context.Context, s *Service, hangups <-chan os.Signal, load func() (*Service, error)) (*Service, error) {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	defer s.options.Allow(s.stopPatience())()
	ended := make(chan error, 1)
	go func() { ended <- s.run(serving) }()
	for {
		select {
		case err := <-ended:
			return nil, err
		case <-ctx.Done():
			s.notifyStopping()
			return nil, <-ended
		case <-hangups:
			systemd.Notify(systemd.Reloading)
			next, err := load()
			if err != nil {
				s.rejectReload(err)
				systemd.Notify(systemd.Ready)
				continue
			}
			stop()
			if err := <-ended; err != nil {
				return nil, fmt.Errorf("stop to reload: %w", err)
			}
			systemd.Notify(systemd.Alive)
			next.reloaded = true
			return next, nil
		}
	}
}

// stopPatience is how long a stop may take: the time for pending copies, and some for work already
// begun.
func (s *Service) stopPatience() time.Duration {
	return cmp.Or(time.Duration(s.config.StopTimeout), mirror.DefaultDrain) + 5*time.Second
}

// notifyStopping tells the service manager that the service stops, and how long that may take.
func (s *Service) notifyStopping() {
	systemd.Notify(systemd.Stopping, systemd.ExtendTimeout(s.stopPatience()))
}

func (s *Service) rejectReload(err error) {
	s.log.Error("configuration not reloaded", zap.String("event", EventConfigInvalid), zap.NamedError("err", err))
}

// LoggedError is an error that the log already has.
type LoggedError struct{ err error }

func (e *LoggedError) Error() string { return e.err.Error() }
func (e *LoggedError) Unwrap() error { return e.err }
