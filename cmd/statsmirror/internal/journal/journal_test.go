package journal

import (
	"regexp"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// TestTimesOfTheLog shows that JSON has times in UTC, and that a time in a field of the console has
// its date and its zone.
func TestTimesOfTheLog(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 23, 30, 0, 0, time.FixedZone("", -3600))
	for what, test := range map[string]struct {
		encoder zapcore.Encoder
		want    string
	}{
		"JSON":    {jsonEncoder(), `"ts":"2026-11-21T00:30:00Z".*"gone_since":"2026-11-21T00:30:00Z"`},
		"console": {consoleEncoder(), `^\d\d:30:00\.000\t.*"gone_since": "2026-11-2\d \d\d:\d\d:00 \S+"`},
	} {
		line, err := test.encoder.EncodeEntry(zapcore.Entry{Time: at, Message: "run gone"}, []zap.Field{zap.Time("gone_since", at)})
		if err != nil || !regexp.MustCompile(test.want).MatchString(line.String()) {
			t.Errorf("%s is %s, %v", what, line, err)
		}
	}
}
