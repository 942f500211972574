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

// TestQuickstart runs the commands of the quickstart, and compares their output with the
// document, except for numbers and the text that depends on them.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	const path = "../../packaging/docs/usage.md"
	found := regexp.MustCompile("(?s)<!-- quickstart -->\n```sh\n(.*?)```.*?```console\n(.*?)```").FindStringSubmatch(document(t, path))
	if found == nil {
		t.Fatalf("%s has no quickstart", path)
	}
	const build = "go build ./cmd/statsmirror\n"
	commands, ok := strings.CutPrefix(found[1], build)
	if !ok {
		t.Fatalf("the quickstart does not begin with %q", build)
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
	if diff := cmp.Diff(shape(found[2]), shape(string(printed))); diff != "" {
		t.Errorf("%s (-) and the output (+) differ: %s", path, diff)
	}
}

// shape returns a text without its numbers, times, hashes, blanks and directories.
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
