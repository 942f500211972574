package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentsAreMadeFromTheTables holds packaging/docs to the keys and events of the code.
func TestDocumentsAreMadeFromTheTables(t *testing.T) {
	t.Parallel()
	for _, page := range manualPages() {
		text, err := page.Markdown(remake)
		if err != nil {
			t.Fatal(err)
		}
		held(t, filepath.Join("../../packaging/docs", page.Document), string(text))
	}
}

// TestSampleConfigurationIsMadeFromTheSettings holds the file that packages install to the
// settings of the code.
func TestSampleConfigurationIsMadeFromTheSettings(t *testing.T) {
	t.Parallel()
	var sample strings.Builder
	sample.WriteString(sampleHead)
	for _, s := range settings {
		text := s.meaning + " " + s.values()
		if s.initial != "" && !strings.HasPrefix(s.sample, "#"+s.key+": "+strings.Trim(s.initial, "`")) {
			text += " Default: " + s.initial + "."
		}
		for line := range strings.Lines(wrapped(strings.ReplaceAll(text, "`", ""), 88)) {
			sample.WriteString("# " + line)
		}
		sample.WriteString(s.sample + "\n\n")
	}
	held(t, "../../packaging/statsmirror.yaml", strings.TrimSuffix(sample.String(), "\n"))
}

const sampleHead = `# statsmirror's configuration, see statsmirror.yaml(5). Generated: ` + remake + `
#
# Every key is here, with its default where it has one; unknown keys are errors. After a change:
#
#     statsmirror check-config && systemctl reload statsmirror
#
# In stats, dacapo_config, state and backups, ${NAME} stands for the environment variable
# NAME, ${CREDENTIALS_DIRECTORY} for the directory that the unit's LoadCredential= fills.
# Relative paths are relative to the directory of this file.

`

// TestEveryKeyHasASetting compares the keys that a configuration file may have with those
// that are explained.
func TestEveryKeyHasASetting(t *testing.T) {
	t.Parallel()
	explained := map[string]bool{}
	for _, key := range settingKeys() {
		explained[key] = true
	}
	known := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if key := field.Tag.Get("yaml"); key != "" {
			known[key] = true
		}
	}
	if diff := cmp.Diff(known, explained); diff != "" {
		t.Error(diff)
	}
}

func TestDurationsAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"100ms": 100 * time.Millisecond, "10s": 10 * time.Second, "1m": time.Minute, "1m10s": 70 * time.Second, "1h": time.Hour,
		"1h30m": 90 * time.Minute, "10h": 10 * time.Hour, "1h0m5s": time.Hour + 5*time.Second, "2d": 2 * day, "36h": 36 * time.Hour,
	} {
		if got := spell(d); got != want {
			t.Errorf("%v is written as %s, want %s", d, got, want)
		}
		var read duration
		if err := read.Set(spell(d)); err != nil || time.Duration(read) != d {
			t.Errorf("%s is read as %v, %v", want, read, err)
		}
	}
}
