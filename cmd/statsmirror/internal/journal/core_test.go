package journal

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

type entry struct {
	message  string
	priority journal.Priority
	vars     map[string]string
}

// journalTo returns a logger to a journal that records its entries in written, and returns err.
func journalTo(written *[]entry, unsent zapcore.Core, err *error) *zap.Logger {
	send := func(message string, p journal.Priority, vars map[string]string) error {
		*written = append(*written, entry{message, p, vars})
		return *err
	}
	return zap.New(&journalCore{LevelEnabler: zapcore.InfoLevel, send: send, unsent: unsent}, zap.AddCaller(), zap.ErrorOutput(zapcore.AddSync(discard{})))
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestJournalEntriesHaveFields(t *testing.T) {
	t.Parallel()
	var written []entry
	var none error
	log := journalTo(&written, zapcore.NewNopCore(), &none).With(zap.String("backup", "/mnt/b"))
	log.Debug("not logged")
	log.Error("run failed", zap.String("event", "run.failed"), zap.String("run", "a b\n\xff"), zap.Int64("generation", 2),
		zap.Strings("problems", []string{"x", "y"}), zap.NamedError("err", errors.New("no space left")))
	if len(written) != 1 {
		t.Fatalf("%d entries", len(written))
	}
	got := written[0]
	if filepath.Base(got.vars["CODE_FILE"]) != "core_test.go" || got.vars["CODE_LINE"] == "" || got.vars["CODE_FUNC"] == "" {
		t.Errorf("no place in the code: %v", got.vars)
	}
	for _, name := range []string{"CODE_FILE", "CODE_LINE", "CODE_FUNC"} {
		delete(got.vars, name)
	}
	want := entry{
		`run failed backup=/mnt/b run="a b\n\xff" generation=2 problems="[\"x\",\"y\"]" err="no space left"`, journal.PriErr,
		map[string]string{
			"SYSLOG_IDENTIFIER": "statsmirror", "MESSAGE_ID": MessageID("run.failed"), "EVENT": "run.failed",
			"RUN": "a b\n\xff", "GENERATION": "2", "BACKUP": "/mnt/b", "PROBLEMS": `["x","y"]`, "ERR": "no space left",
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Error(diff)
	}
}

func TestLevelsArePriorities(t *testing.T) {
	t.Parallel()
	for level, want := range map[zapcore.Level]journal.Priority{
		zapcore.DebugLevel: journal.PriDebug, zapcore.InfoLevel: journal.PriInfo,
		zapcore.WarnLevel: journal.PriWarning, zapcore.ErrorLevel: journal.PriErr, zapcore.FatalLevel: journal.PriErr,
	} {
		if got := priority(level); got != want {
			t.Errorf("priority of %v is %d, not %d", level, got, want)
		}
	}
}

func TestRefusedEntriesAreNotLost(t *testing.T) {
	t.Parallel()
	unsent, lines := observer.New(zapcore.InfoLevel)
	full := errors.New("full")
	log := journalTo(new([]entry), unsent, &full).With(zap.String("backup", "/mnt/b"))
	log.Info("alive", zap.String("event", "service.heartbeat"))
	want := map[string]any{"backup": "/mnt/b", "event": "service.heartbeat"}
	if all := lines.All(); len(all) != 1 || !cmp.Equal(all[0].ContextMap(), want) {
		t.Errorf("lines are %v", all)
	}
}

// TestMessageIDsStay checks an identifier that people use in filters and alarms.
func TestMessageIDsStay(t *testing.T) {
	t.Parallel()
	if got := MessageID("run.overwritten"); got != "d59aed25878058aea0aa35bae0baa86d" {
		t.Errorf("the MESSAGE_ID of run.overwritten is %s", got)
	}
}
