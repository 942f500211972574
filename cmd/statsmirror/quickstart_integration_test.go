//go:build integration

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestQuickstart runs what the README gives to be pasted, and compares what it prints
// with what the README says, but for numbers and what depends on them.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- quickstart -->\n```sh\n(.*?)```.*?```console\n(.*?)```").FindSubmatch(readme)
	if found == nil {
		t.Fatal("the README has no quickstart")
	}
	const build = "go build ./cmd/statsmirror\n"
	commands, ok := strings.CutPrefix(string(found[1]), build)
	if !ok {
		t.Fatalf("it does not begin with %q", build)
	}
	dir := t.TempDir()
	packaging, err := filepath.Abs("../../packaging")
	if err == nil {
		err = os.Symlink(packaging, filepath.Join(dir, "packaging"))
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-ec", `ln -s "$(command -v statsmirror)" statsmirror`+"\n"+commands)
	command.Dir = dir
	command.Env = append(os.Environ(), "TMPDIR="+dir)
	printed, err := command.Output()
	if err != nil {
		t.Errorf("%v:\n%s", err, printed)
	}
	if diff := cmp.Diff(shape(string(found[2])), shape(string(printed))); diff != "" {
		t.Errorf("the README and what is printed: %s", diff)
	}
}

// shape is a text without its numbers, times, hashes, blanks and directories.
func shape(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		for _, varies := range []string{`/\S*/(restored|backup)`, `[0-9a-f]{64}`, `[0-9][0-9:.TZ-]*`, `\s+`} {
			line = regexp.MustCompile(varies).ReplaceAllString(line, " ")
		}
		lines = append(lines, line)
	}
	return lines
}
