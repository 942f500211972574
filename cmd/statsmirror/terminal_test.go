package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"statsmirror/cmd/statsmirror/internal/exit"
)

// atTerminal runs a command line at a terminal, where typed has been typed. It returns the final
// screen text and the exit status.
func atTerminal(t *testing.T, dir, typed string, args ...string) (seen string, status int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "statsmirror-patient", args...)
	command.Dir = dir
	command.Env = commandIn(t, dir).Env
	seen, err := onTerminal(command, 80, 24, typed, nil)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return seen, exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return seen, 0
}

// commandIn returns the program, which testscript.Main has put into PATH.
func commandIn(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), "statsmirror", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "TZ=UTC", "XDG_STATE_HOME="+filepath.Join(dir, "state-home"))
	return command
}

// mirrorSample returns a directory with the sample tree, stats, and its backup.
func mirrorSample(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "stats"), os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	if output, err := commandIn(t, dir, "sync", "--stats", "stats", "--state", "state", "--backup", "backup").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return dir
}

func TestRestoreAsksOnATerminal(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	file := filepath.Join(dir, "stats", "training_stats", "cells-unet-16")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	longAgo := time.Now().Add(-time.Hour) // nobody is writing the file
	const question = "Replace 1 file? [y/N] "
	for name, test := range map[string]struct {
		typed    string
		flags    []string
		asks     bool
		replaces bool
	}{
		"yes":      {typed: "y\n", asks: true, replaces: true},
		"no":       {typed: "n\n", asks: true},
		"enter":    {typed: "\n", asks: true},
		"end":      {typed: "\x04", asks: true},
		"--yes":    {flags: []string{"--yes"}, replaces: true},
		"--force":  {flags: []string{"--force"}, replaces: true},
		"dry run":  {flags: []string{"--dry-run"}},
		"new file": {typed: "n\n", flags: []string{"--to", "new"}},
	} {
		t.Run(name, func(t *testing.T) { // in sequence, because all use the same file
			torn := whole[:len(whole)/2]
			if err := errors.Join(os.WriteFile(file, torn, 0o600), os.Chtimes(file, longAgo, longAgo)); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"restore", "cells-unet-16", "--backup", "backup"}, test.flags...)
			if !strings.Contains(strings.Join(args, " "), "--to") {
				args = append(args, "--to", "stats")
			}
			seen, status := atTerminal(t, dir, test.typed, args...)
			if asked := strings.Contains(seen, question); asked != test.asks {
				t.Errorf("asked: %t, want %t", asked, test.asks)
			}
			if refused := status == exit.Failed; refused != (test.asks && !test.replaces) {
				t.Errorf("exit status %d", status)
			}
			want := torn
			if test.replaces {
				want = whole
			}
			if is, err := os.ReadFile(file); err != nil || !bytes.Equal(is, want) {
				t.Errorf("the file has %d bytes, want %d (%v)", len(is), len(want), err)
			}
			if t.Failed() {
				t.Log(seen)
			}
		})
	}
}

func TestProgressIsABarOnATerminal(t *testing.T) {
	t.Parallel()
	dir := mirrorSample(t)
	for _, args := range [][]string{
		{"sync", "--stats", "stats", "--state", "state", "--backup", "backup"},
		{"verify", "--backup", "backup"},
		{"restore", "--all", "--backup", "backup", "--to", "restored"},
		{"export", "--all", "--backup", "backup", "--format", "csv", "-o", "tables"},
	} {
		seen, status := atTerminal(t, dir, "", args...)
		if status != exit.Done || !strings.Contains(seen, "] 0/2 runs") || !strings.Contains(seen, strings.Repeat("#", 40)+"] 2/2 runs\r\n") {
			t.Errorf("%s: exit status %d, shown: %q", args[0], status, seen)
		}
		quiet, err := commandIn(t, dir, args...).CombinedOutput()
		if err != nil || strings.Contains(string(quiet), "/2 runs") {
			t.Errorf("%s without a terminal: %v, %q", args[0], err, quiet)
		}
	}
}

// TestInterruptedSaysWhatItHadDone interrupts each long command at a terminal once its
// bar appears. A busy machine may need longer than stopPatience for the runs under way.
func TestInterruptedSaysWhatItHadDone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	training := filepath.Join(dir, "stats", "training_stats")
	if err := os.MkdirAll(training, 0o755); err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("../../packaging/sample/stats/training_stats/cells-unet-16")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(training, fmt.Sprint("run", i)), sample, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sync := []string{"sync", "--stats", "stats", "--state", "state", "--backup", "backup"}
	interruptAtBar(t, dir, sync)
	if output, err := commandIn(t, dir, sync...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	interruptAtBar(t, dir, []string{"verify", "--backup", "backup"})
	interruptAtBar(t, dir, []string{"restore", "--all", "--backup", "backup", "--to", "restored"})
	interruptAtBar(t, dir, []string{"export", "--all", "--backup", "backup", "--format", "tensorboard", "-o", "logs"})
}

// interruptAtBar starts a command at a terminal and interrupts it when it draws a bar.
func interruptAtBar(t *testing.T, dir string, args []string) {
	t.Helper()
	seen, err := onTerminal(commandIn(t, dir, args...), 80, 24, "", regexp.MustCompile("/300 runs"))
	last := strings.TrimSpace(seen)
	last = last[strings.LastIndexByte(last, '\n')+1:]
	if err == nil || !strings.HasPrefix(last, "statsmirror: "+args[0]+": interrupted after ") && !strings.HasPrefix(last, "restore: interrupted after ") {
		t.Errorf("%s: %v, at last %q", args[0], err, last)
	}
}

// TestBarDoesNotRunIntoLines also shows that the log of a sync has the form of a terminal's.
func TestBarDoesNotRunIntoLines(t *testing.T) {
	t.Parallel()
	cmd := commandIn(t, mirrorSample(t), "sync", "--stats", "stats", "--state", "new-state", "--backup", "new-backup")
	cmd.Env = append(cmd.Environ(), "TERM=dumb")
	seen, err := onTerminal(cmd, 200, 50, "", nil)
	if err != nil {
		t.Fatalf("%v: %s", err, seen)
	}
	stored := 0
	for line := range strings.Lines(seen) {
		shown := onScreenLine(strings.TrimSuffix(line, "\n"))
		if strings.Contains(shown, "INFO") {
			stored++
			if strings.Contains(shown, "/2 runs") || strings.Contains(shown, "[  ") || strings.HasPrefix(shown, "{") {
				t.Errorf("the terminal shows %q", shown)
			}
		}
	}
	if stored < 4 {
		t.Errorf("the terminal shows %d lines of the log: %q", stored, seen)
	}
}

// onScreenLine returns what a terminal shows of a line in which the cursor returns to the start.
func onScreenLine(line string) string {
	var shown []rune
	at := 0
	for _, c := range line {
		switch {
		case c == '\r':
			at = 0
			continue
		case at == len(shown):
			shown = append(shown, c)
		default:
			shown[at] = c
		}
		at++
	}
	return string(shown)
}
