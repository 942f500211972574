package main

import (
	"io"

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
