package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/mirror"
)

func newRunCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Watch and mirror until stopped",
		Long: "Watch the stats tree and keep a verified copy of every run in each backup, until SIGINT\n" +
			"or SIGTERM, after which the pending copies are tried for stop_timeout. SIGHUP reads the configuration\n" +
			"again. SIGPIPE is ignored: if the reader of the log ends, the lines are dropped and counted.",
		Example: "  statsmirror run --stats ./stats --backup ./backup",
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runUntilStopped(cmd.Context(), f, cmd.ErrOrStderr())
		},
	}
}

// runUntilStopped serves until ctx is done.
func runUntilStopped(ctx context.Context, f *flags, stderr io.Writer) error {
	defer journal.Outlive()()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	return serve(ctx, f, stderr, hangups)
}

// serve serves until ctx is done. Each hangup replaces the service by one with
// the configuration as it is then, if that has no error and its catalog can be
// opened.
func serve(ctx context.Context, f *flags, stderr io.Writer, hangups <-chan os.Signal) error {
	started := time.Now()
	load := func() (*service, error) {
		s, err := newService(f, stderr)
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
	s.announce("started", eventStarted)
	defer func() { s.endLog() }()
	var previous *service // that s follows
	for {
		next, err := serveUntilReload(ctx, s, hangups, load)
		_ = allow(ctx, 3*journal.SyncPatience) // for a log that takes nothing
		_ = s.log.Sync()                       // before the next one's, and the end of the process
		switch {
		case next != nil:
			previous, s = s, next
		case err != nil && s.reloaded && !s.opened:
			previous.rejectReload(err)
			s = previous
		case err != nil:
			s.log.Error("failed", zap.String("event", eventFailed), zap.String("err", err.Error()+remedy(err)))
			return &loggedError{err}
		default:
			s.log.Info("stopped", zap.String("event", eventStopped))
			return nil
		}
	}
}

// serveUntilReload runs s until ctx is done, or until a hangup comes for which
// load returns a service to go on with.
func serveUntilReload(ctx context.Context, s *service, hangups <-chan os.Signal, load func() (*service, error)) (*service, error) {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	defer allow(ctx, s.stopPatience())()
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

// stopPatience is how long a stop may take: the time for pending copies, and some for
// what was begun.
func (s *service) stopPatience() time.Duration {
	return cmp.Or(time.Duration(s.config.StopTimeout), mirror.DefaultDrain) + 5*time.Second
}

// notifyStopping says that the service stops, and how long that may take.
func (s *service) notifyStopping() {
	systemd.Notify(systemd.Stopping, systemd.ExtendTimeout(s.stopPatience()))
}

func (s *service) rejectReload(err error) {
	s.log.Error("configuration not reloaded", zap.String("event", eventConfigInvalid), zap.NamedError("err", err))
}

// bufferLog has a log that takes nothing hold up the service no longer.
func (s *service) bufferLog() {
	s.log = s.log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		s.buffer = journal.NewBufferedCore(core)
		return s.buffer
	}))
}

// endLog waits until the log has every line. If it lacks some, endLog tells the service manager
// how many.
func (s *service) endLog() {
	if err := s.log.Sync(); err != nil {
		systemd.Notify(systemd.Status("Stopped; " + err.Error()))
	}
}
