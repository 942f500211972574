package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/google/uuid"
	"go.uber.org/zap/zapcore"

	"statsmirror/cmd/statsmirror/internal/term"
)

// journalCore writes each line as an entry of systemd's journal: every field under its name in
// capitals, with MESSAGE_ID, PRIORITY and CODE_*. By default journalctl shows only the text of an
// entry, so the text also has the fields.
//
// See systemd.journal-fields(7).
type journalCore struct {
	zapcore.LevelEnabler
	send   func(message string, p journal.Priority, vars map[string]string) error
	unsent zapcore.Core // gets the entries that the journal refuses
	fields []zapcore.Field
}

var _ zapcore.Core = (*journalCore)(nil)

func (c *journalCore) With(fields []zapcore.Field) zapcore.Core {
	with := *c
	with.fields = slices.Concat(c.fields, fields)
	return &with
}

func (c *journalCore) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

func (c *journalCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	vars := map[string]string{"SYSLOG_IDENTIFIER": "statsmirror"}
	message := []string{e.Message}
	all := slices.Concat(c.fields, fields)
	for _, f := range all {
		for name, value := range encode(f) {
			vars[strings.ToUpper(name)] = value
			if name == "event" {
				vars["MESSAGE_ID"] = MessageID(value)
			} else if value != "" {
				message = append(message, name+"="+quoted(value))
			}
		}
	}
	if e.Caller.Defined {
		vars["CODE_FILE"], vars["CODE_FUNC"] = e.Caller.File, e.Caller.Function
		vars["CODE_LINE"] = strconv.Itoa(e.Caller.Line)
	}
	err := c.send(strings.Join(message, " "), priority(e.Level), vars)
	if err != nil {
		return errors.Join(fmt.Errorf("write to the journal: %w", err), c.unsent.Write(e, all))
	}
	return nil
}

func (c *journalCore) Sync() error { return nil }

// encode returns the name and the value of a field, as text.
func encode(f zapcore.Field) map[string]string {
	values := zapcore.NewMapObjectEncoder()
	f.AddTo(values)
	texts := make(map[string]string, 1)
	for name, value := range values.Fields {
		texts[name] = textOf(value)
	}
	return texts
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case time.Time:
		return term.UTC(v)
	case []any:
		if list, err := json.Marshal(v); err == nil {
			return string(list)
		}
	}
	return fmt.Sprint(value)
}

// quoted returns a value so that it can stand among others on one line.
func quoted(value string) string {
	if strings.ContainsAny(value, " =") || term.Printable(value) != value {
		return strconv.Quote(value)
	}
	return value
}

// priority converts a level of zap to one of syslog(3).
func priority(level zapcore.Level) journal.Priority {
	switch {
	case level >= zapcore.ErrorLevel:
		return journal.PriErr
	case level == zapcore.WarnLevel:
		return journal.PriWarning
	case level == zapcore.InfoLevel:
		return journal.PriInfo
	}
	return journal.PriDebug
}

// messageIDs is the name space of the events' MESSAGE_IDs.
var messageIDs = uuid.MustParse("57cc8516-5659-4782-ae60-3bf21b8729d1")

// MessageID returns the MESSAGE_ID of an event, by which the catalog of messages explains it: 32
// hexadecimal digits, the UUID of version 5 (RFC 9562) of the event's name.
func MessageID(event string) string {
	id := uuid.NewSHA1(messageIDs, []byte(event))
	return strings.ReplaceAll(id.String(), "-", "")
}
