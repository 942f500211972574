package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// hostileNames would affect a terminal, or look like other text.
var hostileNames = []string{
	"esc\x1b[2J\x1b]0;title\a", "line\nstatsmirror: all is well", "csi\u009b31m", "right to left\u202egnp", "\xff\x9b not UTF-8",
	"tab\there", "back\bspace\r", "del\x7f", "-dash", "\u2028", "no mark\ufeff", "\U000e0041tag", " ", `"quoted"`, "..x",
}

// checkRaw fails the test if an output has a character that must be escaped.
func checkRaw(t *testing.T, what string, output []byte) {
	t.Helper()
	for line := range strings.Lines(string(output)) {
		if strings.HasPrefix(line, "statsmirror: all is well") {
			t.Errorf("%s has a line that a name brought along:\n%s", what, output)
		}
	}
	if !utf8.Valid(output) {
		t.Errorf("%s is not UTF-8: %q", what, output)
	}
	for _, r := range string(output) {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%s has %q in %q", what, r, output)
			return
		}
	}
}

// runRaw runs a command and fails the test if its output has a character that must be escaped.
func runRaw(t *testing.T, want int, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := (&Main{&stdout, &stderr}).Run(t.Context(), args); got != want {
		t.Errorf("%q exits with %d: %s", args, got, stderr.String())
	}
	checkRaw(t, strings.Join(args[:2], " "), stdout.Bytes())
	checkRaw(t, strings.Join(args[:2], " ")+" on stderr", stderr.Bytes())
}

// hostileTrees makes stats trees of runs with hostile names: whole ones, torn ones and ones with more
// rows. It returns their directory.
func hostileTrees(t *testing.T) (in func(name string) string) {
	t.Helper()
	base := t.TempDir()
	in = func(name string) string { return filepath.Join(base, name) }
	whole, err := os.ReadFile("../../packaging/sample/stats/training_stats/cells-unet-32")
	if err != nil {
		t.Fatal(err)
	}
	longer, err := os.ReadFile("../../packaging/sample/stats/training_stats/cells-unet-16")
	if err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-time.Hour)
	for dir, content := range map[string][]byte{"stats": whole, "torn": whole[:len(whole)/2], "more": longer} {
		if err := os.MkdirAll(in(dir+"/training_stats"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range hostileNames {
			path := in(dir + "/training_stats/" + name)
			write(t, path, string(content))
			if err := os.Chtimes(path, then, then); err != nil {
				t.Fatal(err)
			}
		}
	}
	return in
}

// TestHostileNamesAreNotPassedOnRaw makes every command print the names of whole, torn, damaged and
// missing runs.
func TestHostileNamesAreNotPassedOnRaw(t *testing.T) {
	t.Parallel()
	in := hostileTrees(t)
	run := func(want int, args ...string) { t.Helper(); runRaw(t, want, args...) }
	state, backup := "--state="+in("state"), "--backup="+in("backup\x1b[1m")
	for _, format := range []string{"console", "json"} {
		run(0, "sync", "--stats="+in("stats"), "--state="+in("state-"+format), backup+format, "--log-format="+format)
		run(1, "sync", "--stats="+in("torn"), "--state="+in("state-"+format), "--log-format="+format)
	}
	run(0, "sync", "--stats="+in("stats"), state, backup)
	run(0, "check-config", "--stats="+in("stats"), state, backup)
	run(1, "check-config", "--stats="+in("stats"), state, "--backup="+in("no\x1b/no\nstatsmirror: all is well"))
	run(0, "ls", state, backup)
	run(0, "ls", state, backup, "--json")
	run(0, "verify", state, backup)
	run(0, "prune", "--dry-run", state, "--keep-generations=1")
	run(0, "restore", "--all", state, "--to="+in("again"))
	run(1, "restore", "--all", state, "--to="+in("more"))
	for _, name := range hostileNames {
		run(0, "show", state, "--", name)
		run(0, "show", state, "--json", "--", name)
		run(0, "history", state, "--", name)
		run(0, "history", state, "--json", "--", name)
		run(0, "inspect", "--", in("stats/training_stats/"+name))
		run(0, "inspect", "--json", "--", in("stats/training_stats/"+name))
		run(3, "inspect", "--", in("torn/training_stats/"+name))
		run(3, "inspect", "--json", "--", in("torn/training_stats/"+name))
		for _, command := range []string{"show", "history", "verify"} {
			run(1, command, state, "--", "no "+name)
		}
		run(1, "restore", state, "--to="+in("again"), "--", "no "+name)
		run(1, "inspect", "--", in("no "+name))
		run(2, name+"?", "x")
		run(2, "ls", "--"+name)
		run(2, "ls", "--backup=ftp://"+url.PathEscape(name)+"/"+name)
	}
	snapshots, err := filepath.Glob(in("state/snapshots/*"))
	if err != nil || len(snapshots) != len(hostileNames) {
		t.Fatal(len(snapshots), err)
	}
	for _, name := range snapshots {
		if err := os.Truncate(name, 100); err != nil {
			t.Fatal(err)
		}
	}
	run(3, "verify", state)
	run(0, "ls", state)
}

// TestHostileNamesAreNotDrawnRaw ends two generations of runs with hostile names, draws them, writes
// them to files and removes them.
func TestHostileNamesAreNotDrawnRaw(t *testing.T) {
	t.Parallel()
	in := hostileTrees(t)
	run := func(args ...string) { t.Helper(); runRaw(t, 0, args...) }
	state, backup := "--state="+in("state"), "--backup="+in("backup\x1b[1m")
	named := append([]string{"--"}, hostileNames...)
	for _, stats := range []string{"stats", "more", "stats"} { // two generations end
		run("sync", "--stats="+in(stats), state, backup, "--log-format=console")
	}
	run(append([]string{"plot", state}, named...)...)
	run("plot", state, "--history", "--", hostileNames[0])
	run(append([]string{"plot", state, "-o", in("a\x1b[1m.svg")}, named...)...)
	run("report", backup, "-o", in("a\x1b[1m.html"))
	for _, name := range []string{"a\x1b[1m.svg", "a\x1b[1m.html"} {
		content, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		checkRaw(t, name, content)
	}
	run("export", "--all", backup, "--format=csv", "-o", in("exported\x1b[1m"))
	run("restore", "--dry-run", "--all", state, "--to="+in("torn"))
	run("ls", "--recursive", "--backup="+in(""))
	run("prune", "--stats="+in("stats"), state, backup, "--keep-generations=1", "--log-format=console")
	if left, err := filepath.Glob(in("state/history/*/00000001.parquet")); len(left) > 0 || err != nil {
		t.Errorf("nothing was removed of %q: %v", left, err)
	}
}

// TestHostileSnapshotIsNotPassedOnRaw reads a snapshot with a hostile name of its source.
func TestHostileSnapshotIsNotPassedOnRaw(t *testing.T) {
	t.Parallel()
	for _, name := range hostileNames {
		base := t.TempDir()
		s := &snapshot.Snapshot{Run: name, Generation: 1, Sources: []store.Source{{Path: "training_stats/" + name, RunName: strings.ToValidUTF8(name, "?"), SHA256: strings.ToValidUTF8(name, "?")}}}
		s.Training.Iteration.Append(0)
		s.Training.Loss.Append(1)
		s.Training.Time.Append(1)
		var content bytes.Buffer
		if _, err := snapshot.Write(&content, s); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(base, filepath.FromSlash(snapshot.Path(name)))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, path, content.String())
		for _, args := range [][]string{{"show"}, {"show", "--json"}, {"restore", "--to=" + filepath.Join(base, "to")}, {"history"}, {"verify"}} {
			runRaw(t, 0, append(args, "--backup="+base, "--", name)...)
		}
		runRaw(t, 0, "ls", "--backup="+base)
	}
}

// TestHostileNamesInTheLogOfAService lets a service mirror runs with hostile names, and report that
// others are torn.
func TestHostileNamesInTheLogOfAService(t *testing.T) {
	t.Parallel()
	in := hostileTrees(t)
	for _, name := range hostileNames {
		if err := os.Rename(in("torn/training_stats/"+name), in("stats/training_stats/torn"+name)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- (&Main{io.Discard, writer}).Run(ctx, []string{
			"run", "--log-format=console", "--stats=" + in("stats"), "--state=" + in("state"), "--backup=" + in("backup\x1b[1m"),
		})
		writer.Close()
	}()
	var log bytes.Buffer
	mirrored, torn := 0, 0
	for lines := bufio.NewScanner(reader); lines.Scan(); {
		log.Write(append(lines.Bytes(), '\n'))
		mirrored += bytes.Count(lines.Bytes(), []byte("run mirrored"))
		torn += bytes.Count(lines.Bytes(), []byte("stats file invalid"))
		if mirrored == len(hostileNames) && torn == len(hostileNames) {
			stop()
		}
	}
	if got := <-ended; got != 0 {
		t.Errorf("it exits with %d", got)
	}
	checkRaw(t, "the log", log.Bytes())
}

// FuzzEscape shows that no control character gets through, that JSON keeps its meaning, and that
// printable text does not change.
func FuzzEscape(f *testing.F) {
	for _, name := range hostileNames {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkRaw(t, "a line", []byte(term.OneLine(text)+term.Printable(text)))
		checkRaw(t, "a complaint", []byte("x"+term.Paragraph(text)))
		if strings.ContainsAny(term.OneLine(text)+term.Printable(text), "\n\t") {
			t.Errorf("%q is more than one line", text)
		}
		plain, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := term.EscapeJSON(plain)
		checkRaw(t, "JSON", safe)
		var was, is string
		if json.Unmarshal(plain, &was) != nil || json.Unmarshal(safe, &is) != nil || was != is {
			t.Errorf("%s became %s", plain, safe)
		}
	})
}
