// Package journal writes the log of the program: to systemd's journal with native fields, as text
// on a terminal, and as JSON elsewhere.
//
// BufferedCore keeps a blocked log from blocking the program.
package journal

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"statsmirror/cmd/statsmirror/internal/term"
)

// Formats of the log. FormatAuto is FormatJournal if the log goes to the journal, FormatConsole on
// a terminal, and otherwise FormatJSON, one object per line.
const (
	FormatAuto    = "auto"
	FormatJournal = "journal"
	FormatConsole = "console"
	FormatJSON    = "json"
)

// ErrNoJournal is returned for the journal's format on a host without a journal.
var ErrNoJournal = errors.New("log format is journal, but no journal runs here; use auto, console or json")

// NewCore returns a core that writes lines of a level and above in a format; "" means FormatAuto.
// They go to w, or to the journal; then w gets, as JSON, the entries that the journal refuses. The
// only error is ErrNoJournal.
func NewCore(w io.Writer, level zapcore.LevelEnabler, format string) (zapcore.Core, error) {
	text := func(e zapcore.Encoder) zapcore.Core {
		return zapcore.NewCore(e, zapcore.Lock(zapcore.AddSync(term.SafeJSON(w))), level)
	}
	switch {
	case format == FormatJSON:
		return text(jsonEncoder()), nil
	case format == FormatConsole:
		return text(consoleEncoder()), nil
	case format == FormatJournal || IsJournal(w):
		if !journal.Enabled() {
			return nil, ErrNoJournal
		}
		return &journalCore{LevelEnabler: level, send: journal.Send, unsent: text(jsonEncoder())}, nil
	case term.IsTerminal(w):
		return text(consoleEncoder()), nil
	}
	return text(jsonEncoder()), nil
}

func consoleEncoder() zapcore.Encoder {
	e := encoderConfig()
	e.EncodeTime = consoleTime
	e.EncodeLevel = zapcore.CapitalLevelEncoder
	return zapcore.NewConsoleEncoder(e)
}

// consoleTime encodes the time of a line briefly, but a field with its date and its zone.
func consoleTime(t time.Time, to zapcore.PrimitiveArrayEncoder) {
	if _, isField := to.(zapcore.ObjectEncoder); isField {
		to.AppendString(term.Zoned(t))
	} else {
		to.AppendString(t.Format("15:04:05.000"))
	}
}

func jsonEncoder() zapcore.Encoder {
	e := encoderConfig()
	e.EncodeTime = func(t time.Time, to zapcore.PrimitiveArrayEncoder) { zapcore.RFC3339NanoTimeEncoder(t.UTC(), to) }
	return zapcore.NewJSONEncoder(e)
}

func encoderConfig() zapcore.EncoderConfig {
	e := zap.NewProductionEncoderConfig()
	e.EncodeDuration = zapcore.MillisDurationEncoder
	e.CallerKey = zapcore.OmitKey
	return e
}

// IsJournal reports whether w is the standard error that systemd reads into its journal.
func IsJournal(w io.Writer) bool {
	if w != os.Stderr {
		return false
	}
	is, err := journal.StderrIsJournalStream()
	return is && err == nil
}
