package main

import (
	"fmt"
	"io"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"
)

// newLogger returns a logger that writes to w at the configured level and in
// the configured format.
func (c Config) newLogger(w io.Writer) (*zap.Logger, error) {
	level, err := logLevel(c.LogLevel)
	if err != nil {
		return nil, err
	}
	core := zapcore.NewCore(logEncoder(c.LogFormat, isTerminal(w)), zapcore.Lock(zapcore.AddSync(w)), level)
	return zap.New(core), nil
}

func logLevel(name string) (zapcore.Level, error) {
	level, err := zapcore.ParseLevel(name) // "" is info
	if err != nil || level > zapcore.ErrorLevel {
		return level, usageErrorf("log level is %q; it must be debug, info, warn or error", name)
	}
	return level, nil
}

func checkLogFormat(name string) error {
	switch name {
	case "", "auto", "console", "json":
		return nil
	}
	return usageErrorf("log format is %q; it must be auto, console or json", name)
}

func logEncoder(format string, terminal bool) zapcore.Encoder {
	e := zap.NewProductionEncoderConfig()
	e.EncodeDuration = zapcore.MillisDurationEncoder
	if format == "console" || format != "json" && terminal {
		e.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		e.EncodeLevel = zapcore.CapitalLevelEncoder
		return zapcore.NewConsoleEncoder(e)
	}
	e.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	return zapcore.NewJSONEncoder(e)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// printable quotes a name that would not stand on one line of a terminal.
func printable(name string) string {
	if quoted := fmt.Sprintf("%q", name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}
