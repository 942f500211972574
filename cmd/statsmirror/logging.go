package main

import (
	"io"
	"os"

	"github.com/coreos/go-systemd/v22/journal"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/cmd/statsmirror/internal/term"
)

// newLogger returns a logger that writes to w, or to the journal, at the
// configured level and in the configured format.
func (c Config) newLogger(w io.Writer) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.LogLevel) // "" is info
	if err != nil {
		return nil, err
	}
	text := func(e zapcore.Encoder) zapcore.Core {
		return zapcore.NewCore(e, zapcore.Lock(zapcore.AddSync(term.SafeJSON(w))), level)
	}
	var core zapcore.Core
	switch format := c.LogFormat; {
	case format == "json":
		core = text(jsonEncoder())
	case format == "console":
		core = text(consoleEncoder())
	case format == "journal" || isJournal(w):
		if !journal.Enabled() {
			return nil, usageErrorf("log format is journal, but no journal runs here; use auto, console or json")
		}
		core = newJournalCore(level, journal.Send, text(jsonEncoder()))
	case term.IsTerminal(w):
		core = text(consoleEncoder())
	default:
		core = text(jsonEncoder())
	}
	return zap.New(core, zap.AddCaller()), nil
}

func consoleEncoder() zapcore.Encoder {
	e := encoderConfig()
	e.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	e.EncodeLevel = zapcore.CapitalLevelEncoder
	return zapcore.NewConsoleEncoder(e)
}

func jsonEncoder() zapcore.Encoder {
	e := encoderConfig()
	e.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	return zapcore.NewJSONEncoder(e)
}

func encoderConfig() zapcore.EncoderConfig {
	e := zap.NewProductionEncoderConfig()
	e.EncodeDuration = zapcore.MillisDurationEncoder
	e.CallerKey = zapcore.OmitKey
	return e
}

// isJournal reports whether w is the stream that systemd reads into its journal.
func isJournal(w io.Writer) bool {
	if w != os.Stderr {
		return false
	}
	is, err := journal.StderrIsJournalStream()
	return is && err == nil
}
