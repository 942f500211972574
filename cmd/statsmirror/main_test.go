package main

import (
	"os"
	"path/filepath"
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
			"age":  age,
			"cut":  cut,
			"half": half,
			"pty":  pty,
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
