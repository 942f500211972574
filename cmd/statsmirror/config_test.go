package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"statsmirror/packaging"
)

// TestSampleConfigurationHasEveryKey also shows that each line of the sample can
// be used as it stands.
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
	for _, key := range configKeys() {
		if strings.Count("\n"+text, "\n"+key+":") != 1 {
			t.Errorf("the sample has not one line for %s", key)
		}
	}
}
