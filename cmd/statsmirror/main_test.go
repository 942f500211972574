package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	leaveHostAlone()
	testscript.Main(m, map[string]func(){
		"statsmirror":         main,
		"statsmirror-patient": func() { execute(time.Hour) },
	})
}

// TestScripts runs the command lines in testdata/script as a user would. Each
// finds the sample stats tree in $SAMPLE and the corpus in $CORPUS.
func TestScripts(t *testing.T) {
	t.Parallel()
	sample, err := filepath.Abs("../../packaging/sample/stats")
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := filepath.Abs("../../store/testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLE", sample)
			env.Setenv("CORPUS", corpus)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			env.Setenv("TZ", "UTC")
			return os.CopyFS(filepath.Join(env.WorkDir, "stats"), os.DirFS(sample))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"age":     age,
			"cut":     cut,
			"exits":   exits,
			"half":    half,
			"pty":     pty,
			"reached": reached,
			"told":    told,
		},
	})
}

// age makes files an hour old, so that they count as settled.
func age(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: age FILE...")
	}
	then := time.Now().Add(-time.Hour)
	for _, name := range args {
		ts.Check(os.Chtimes(ts.MkAbs(name), then, then))
	}
}

// cut tears a file, and makes it old: it leaves the first half.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	half(ts, neg, args)
	age(ts, false, args)
}

// half leaves the first half of a file, as a store under way does.
func half(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: half FILE")
	}
	name := ts.MkAbs(args[0])
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()/2))
}

// told puts a time into a status file, where it has NOW, that is so many seconds ago.
func told(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: told SECONDS FROM TO")
	}
	ago, err := strconv.Atoi(args[0])
	ts.Check(err)
	text := ts.ReadFile(args[1])
	now := time.Now().Add(-time.Duration(ago) * time.Second).Format(time.RFC3339)
	to := ts.MkAbs(args[2])
	ts.Check(os.MkdirAll(filepath.Dir(to), 0o755))
	ts.Check(os.WriteFile(to, []byte(strings.ReplaceAll(text, "NOW", now)), 0o644))
}

// exits runs a command, which must exit with a status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG]...")
	}
	if status := statusOf(ts, args[1:]); status != args[0] {
		ts.Fatalf("exit status %s, want %s", status, args[0])
	}
}

// reached runs a command again and again, until it exits with a status.
func reached(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: reached STATUS COMMAND [ARG]...")
	}
	for deadline := time.Now().Add(time.Minute); statusOf(ts, args[1:]) != args[0]; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("exit status %s was not reached", args[0])
		}
	}
}

func statusOf(ts *testscript.TestScript, command []string) string {
	err := ts.Exec(command[0], command[1:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return strconv.Itoa(failed.ExitCode())
	}
	ts.Check(err)
	return "0"
}
