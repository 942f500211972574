//go:build integration

package report_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFunctionsOfTheScript runs testdata/functions.mjs: tests, in Node.js, of the functions of the
// page that need no browser.
func TestFunctionsOfTheScript(t *testing.T) {
	t.Parallel()
	test, err := filepath.Abs("testdata/functions.mjs")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", "--test", test)
	command.Dir = t.TempDir()
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}
