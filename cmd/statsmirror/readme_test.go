package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFirstCommandOfTheREADMEPrintsWhatItShows runs the first command on a terminal until it
// has mirrored both runs. Times, sizes, paths and the order of lines may differ.
func TestFirstCommandOfTheREADMEPrintsWhatItShows(t *testing.T) {
	t.Parallel()
	readme := document(t, "../../README.md")
	found := regexp.MustCompile("(?s)<!-- first -->\n```sh\n(.*?)```.*?```console\n(.*?)```").FindStringSubmatch(readme)
	if found == nil {
		t.Fatal("the README has no first command")
	}
	const run = "go run ./cmd/statsmirror "
	if !strings.Contains(found[1], run) {
		t.Fatalf("the first command does not %q", run)
	}
	command := shell(t, "../..", strings.Replace(found[1], run, "exec statsmirror ", 1))
	home := t.TempDir()
	command.Env = append(command.Env, "HOME="+home, "TMPDIR="+home)
	written, err := onTerminal(command, 120, 40, "", regexp.MustCompile("(?s)run mirrored.*run mirrored.*\n"))
	if err != nil {
		t.Errorf("%v:\n%s", err, written)
	}
	printed := withoutValues(written)
	for _, line := range withoutValues(found[2]) {
		if !slices.Contains(printed, line) {
			t.Errorf("the command does not print %q, but:\n%s", line, written)
		}
	}
}

// withoutValues returns the lines of a log without its numbers and paths.
func withoutValues(log string) []string {
	log = regexp.MustCompile(`"/[^"]*"|\b[0-9][0-9:.]*|\r`).ReplaceAllString(log, "")
	return strings.Split(strings.TrimSpace(log), "\n")
}
