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

	"github.com/spf13/cobra"
)

// TestExamplesOfTheHelpWork runs each line of each command's examples in a directory with a stats
// tree and a backup. For lines that need a network, root or a host's own configuration, it only
// checks the usage.
func TestExamplesOfTheHelpWork(t *testing.T) {
	t.Parallel()
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Hidden {
			return
		}
		if cmd.Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			line = strings.TrimSpace(line)
			t.Run(line, func(t *testing.T) {
				t.Parallel()
				tryExample(t, line)
			})
		}
		for _, child := range cmd.Commands() {
			visit(child)
		}
	}
	visit((&Main{}).command())
}

// TestCommandsOfTheDocumentsWork runs the commands in the documents in the same way.
func TestCommandsOfTheDocumentsWork(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for path, text := range documents(t) {
		for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(block[1]) {
				line = strings.TrimSpace(line)
				command, _, _ := strings.Cut(line, " #")
				command = strings.TrimSpace(command)
				if !shown.MatchString(line) || tried[command] {
					continue
				}
				tried[command] = true
				t.Run(filepath.Base(path)+": "+command, func(t *testing.T) {
					t.Parallel()
					tryExample(t, strings.ReplaceAll(line, "/mnt/backup/dacapo", "/mnt/backup"))
				})
			}
		}
	}
	if len(tried) < 20 {
		t.Errorf("found %d commands", len(tried))
	}
}

// documents returns the texts of the documents that users and contributors read, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../../README.md", "../../packaging/docs/*.md", "../../.github/*.md", "../../mirror/snapshot/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			texts[path] = document(t, path)
		}
	}
	return texts
}

func document(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	shown     = regexp.MustCompile(`^(sudo (-u \S+ )?)?statsmirror `)
	elsewhere = regexp.MustCompile(`s3://|statsmirror service|statsmirror status|check-config|prune --dry-run --keep`)
	asUser    = regexp.MustCompile(`^sudo (-u \S+ )?`)
	endless   = regexp.MustCompile(`statsmirror run|--watch`)
	working   = regexp.MustCompile(`service.ready|cells-unet-32|the page is`)
)

func tryExample(t *testing.T, line string) {
	if elsewhere.MatchString(line) {
		checkUsage(t, asUser.ReplaceAllString(line, ""))
		return
	}
	dir := exampleTree(t)
	line = strings.NewReplacer("/mnt/backup", dir+"/backup", "/data/stats", dir+"/stats",
		"--in-place", "--in-place --stats "+dir+"/stats", // which the host's configuration names
	).Replace(line)
	if !endless.MatchString(line) {
		if out, err := shell(t, dir, line).CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	written, err := onTerminal(shell(t, dir, "exec "+line), 120, 40, "", working)
	if err != nil || !working.MatchString(written) {
		t.Errorf("%v:\n%s", err, written)
	}
}

// exampleTree returns a directory as the examples expect it: stats and its backup, with the runs of
// the sample, a run called cells with an ended generation, and a torn file.
func exampleTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "stats"), os.DirFS("../../packaging/sample/stats")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "dacapo.yaml"), "runs_base_dir: .\n")
	for _, from := range []string{"cells-unet-16", "cells-unet-32"} {
		for _, kind := range []string{"training_stats", "validation_scores"} {
			content, err := os.ReadFile(filepath.Join(dir, "stats", kind, from))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "stats", kind, "cells"), string(content))
		}
		if out, err := shell(t, dir, "statsmirror sync --stats ./stats --backup ./backup").CombinedOutput(); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
	}
	whole, err := os.ReadFile(filepath.Join(dir, "stats/training_stats/cells"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "torn"), string(whole[:len(whole)/2]))
	return dir
}

// shell returns a command line to run in a directory, with its catalogs below that.
func shell(t *testing.T, dir, line string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.WaitDelay = time.Second
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+dir+"/.state", "TERM=xterm")
	return cmd
}

// checkUsage checks that a command line names a command, its flags and as many arguments as it
// takes.
func checkUsage(t *testing.T, line string) {
	t.Helper()
	words, err := exec.Command("sh", "-c", "statsmirror() { printf '%s\\0' \"$@\"; }; "+line).Output()
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00")
	cmd, args, err := (&Main{}).command().Find(args)
	if err == nil {
		err = cmd.ParseFlags(args)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Error(err)
	}
}
