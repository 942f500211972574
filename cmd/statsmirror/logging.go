package main

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/cmd/statsmirror/internal/journal"
)

// newLogger returns a logger that writes to w, or to the journal, at the configured level and
// in the configured format.
func (c Config) newLogger(w io.Writer) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.LogLevel) // "" is info
	if err != nil {
		return nil, err
	}
	core, err := journal.NewCore(w, level, c.LogFormat)
	if err != nil {
		return nil, &statusError{exitUsage, err}
	}
	return zap.New(core, zap.AddCaller()), nil
}

// outliveLog makes writes to a log whose reader has gone away fail, until restore is
// called. Otherwise SIGPIPE would end the process, as it does for standard output and error.
func outliveLog() (restore func()) {
	closed := make(chan os.Signal, 1) // nobody receives: the write says the same
	signal.Notify(closed, syscall.SIGPIPE)
	return func() { signal.Stop(closed) }
}
