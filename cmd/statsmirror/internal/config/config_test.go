package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/cmd/statsmirror/internal/usage"
	"statsmirror/packaging"
)

// TestSampleConfigurationHasEveryKey also shows that each line of the sample works as it stands.
func TestSampleConfigurationHasEveryKey(t *testing.T) {
	t.Parallel()
	setting := regexp.MustCompile(`(?m)^#([a-z_]+:|  - )`)
	path := filepath.Join(t.TempDir(), "statsmirror.yaml")
	text := setting.ReplaceAllString(packaging.Configuration, "$1")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readConfig(path); err != nil {
		t.Error(err)
	}
	for _, key := range settingKeys() {
		if strings.Count("\n"+text, "\n"+key+":") != 1 {
			t.Errorf("the sample needs exactly one line for %s", key)
		}
	}
}

// FuzzConfig reads any configuration, and opens the backups that it names. A configuration that is
// accepted has only usable values. An error is one of usage, and has no characters that a
// terminal would act on.
func FuzzConfig(f *testing.F) {
	f.Add(packaging.Configuration)
	f.Add(regexp.MustCompile(`(?m)^#([a-z_]+:|  - )`).ReplaceAllString(packaging.Configuration, "$1"))
	for _, location := range []string{
		"/mnt/backup", "file:///mnt/nas", "file://host/x", "file:relative", "user@host:path", "nas:/x", "s3://bucket/a/../b?endpoint=https://host&region=x&path_style=true",
		"s3://key:secret@bucket", "s3://b?endpoint=http://k:secret@h", "s3://bucket/%2e%2e/x", "ftp://host", "{host}",
		"{url: /mnt, interval: 5m}", "s3://b/x?interval=5m", "{url: 's3://b?interval=1h&region=x', interval: 2d}", "/mnt?interval=5m", "{interval: 0, url: x, more: y}", "file:///a?interval=%35s", "${HOME}", "\"\\x1b[2J\"",
	} {
		f.Add("stats: x\nbackups: [" + location + "]\n")
	}
	f.Add("quiet_period: -1s")
	f.Add("keep_for: 99999d\nkeep_generations: 9999999999\nlog_level: loud")
	path := filepath.Join(f.TempDir(), "statsmirror.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		write(t, path, text)
		c, err := (&Flags{File: path}).Load()
		if err != nil {
			checkComplaint(t, err)
			return
		}
		for _, d := range []Duration{c.QuietPeriod, c.RescanInterval, c.PollInterval, c.Grace, c.DamagedAfter, c.Timeout, c.StopTimeout, c.KeepFor} {
			if d < 0 {
				t.Errorf("%v is negative", d)
			}
		}
		if c.KeepGenerations < 0 || c.check() != nil {
			t.Errorf("%+v has an invalid value", c)
		}
		for _, given := range c.Backups {
			location := given.URL
			if i := given.Interval; i != nil && (*i < 0 || time.Duration(*i) > mostInterval) {
				t.Errorf("%q has the interval %v", location, i)
			}
			b, err := openBackup(string(location), nil)
			if err != nil {
				checkComplaint(t, err)
				continue
			}
			if strings.Contains(b.String(), "secret") && strings.HasPrefix(strings.ToLower(string(location)), "s3:") { // otherwise it is a directory's name
				t.Errorf("%q is shown as %q", location, b)
			}
			if again, err := openBackup(b.String(), nil); err != nil || placeOf(again) != placeOf(b) {
				t.Errorf("%q is shown as %q, which is %v, %v", location, b, again, err)
			}
		}
	})
}

// checkComplaint checks that an error is a usage error with printable text.
func checkComplaint(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*usage.Error](err); !ok {
		t.Errorf("it is not an error of usage: %v", err)
	}
	text := term.Paragraph(err.Error())
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }) {
		t.Errorf("the complaint is %q", text)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
