package store_test

import (
	"strings"
	"testing"

	"statsmirror/store"
)

func TestCheckRun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"run", " ", "two words", "line\nfeed", "-dash", ".dot", "...", "\xff\xfe", "a\\b", "~", strings.Repeat("x", 255),
	} {
		if err := store.CheckRun(name); err != nil {
			t.Error(err)
		}
	}
	for name, why := range map[string]string{
		"":                       "empty",
		".":                      "directory",
		"..":                     "directory",
		"a/b":                    "slash",
		"/etc/passwd":            "slash",
		"a\x00b":                 "NUL",
		strings.Repeat("ä", 128): "256 bytes",
		".statsmirror-tmp-0":     "temporary",
	} {
		if err := store.CheckRun(name); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %s in it", name, err, why)
		}
	}
}
