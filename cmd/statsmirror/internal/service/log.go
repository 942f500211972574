package service

import (
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/cmd/statsmirror/internal/config"
	"statsmirror/cmd/statsmirror/internal/journal"
	"statsmirror/cmd/statsmirror/internal/systemd"
	"statsmirror/cmd/statsmirror/internal/usage"
)

// newLogger returns a logger that writes to w, or to the journal, at the configured level and
// in the configured format.
func newLogger(c config.Config, w io.Writer) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.LogLevel) // "" is info
	if err != nil {
		return nil, err
	}
	core, err := journal.NewCore(w, level, c.LogFormat)
	if err != nil {
		return nil, &usage.Error{Err: err}
	}
	return zap.New(core, zap.AddCaller()), nil
}

// bufferLog keeps a blocked log from blocking the service.
func (s *Service) bufferLog() {
	s.log = s.log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		s.buffer = journal.NewBufferedCore(core)
		return s.buffer
	}))
}

// endLog waits until the log has every line. If it lacks some, endLog tells the service manager
// how many.
func (s *Service) endLog() {
	if err := s.log.Sync(); err != nil {
		systemd.Notify(systemd.Status("Stopped; " + err.Error()))
	}
}

// Log returns the log of the service.
func (s *Service) Log() *zap.Logger { return s.log }
