package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/store"

	"github.com/google/go-cmp/cmp"
)

// A statsTree is a stats tree for tests. Its files count as settled at once.
type statsTree struct {
	*testing.T
	store.Tree
}

func newTree(t *testing.T) statsTree {
	t.Helper()
	tree := statsTree{t, store.Tree{Dir: t.TempDir(), Quiet: 1}}
	for _, kind := range store.Kinds {
		tree.mkdir(string(kind))
	}
	return tree
}

func (t statsTree) path(name string) string { return filepath.Join(t.Dir, name) }

func (t statsTree) do(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (t statsTree) mkdir(name string)       { t.Helper(); t.do(os.MkdirAll(t.path(name), 0o755)) }
func (t statsTree) symlink(to, name string) { t.Helper(); t.do(os.Symlink(to, t.path(name))) }
func (t statsTree) fifo(name string)        { t.Helper(); t.do(syscall.Mkfifo(t.path(name), 0o600)) }

func (t statsTree) file(name, content string) {
	t.Helper()
	t.do(os.WriteFile(t.path(name), []byte(content), 0o600))
}

func (t statsTree) content(name string) string {
	t.Helper()
	b, err := os.ReadFile(t.path(name))
	t.do(err)
	return string(b)
}

// pickled returns the file that DaCapo writes for rows of the run "run".
func pickled(t *testing.T, rows ...row) string {
	t.Helper()
	tree := newTree(t)
	tree.write("run", rows...)
	return tree.content("training_stats/run")
}

// write writes training stats and validation scores of a run.
func (t statsTree) write(run string, rows ...row) {
	t.Helper()
	root, err := os.OpenRoot(t.Dir)
	t.do(err)
	defer root.Close()
	_, err = store.WriteTraining(root, run, "", training(rows...))
	t.do(err)
	_, err = store.WriteValidation(root, run, "", validation(rows...))
	t.do(err)
}

func TestRuns(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	for _, name := range []string{"plain", "with space", "line\nfeed", "\xff\xfe", "-dash", ".dot"} {
		tree.file("training_stats/"+name, "")
	}
	tree.file("validation_scores/plain", "")
	tree.file("validation_scores/only scores", "")
	tree.file("training_stats/.statsmirror-tmp-0", "")
	tree.mkdir("training_stats/directory/below")
	tree.symlink("plain", "training_stats/link")
	tree.fifo("training_stats/pipe")
	runs, err := tree.Runs()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"-dash", ".dot", "directory", "line\nfeed", "link", "only scores", "plain", "with space", "\xff\xfe"}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Error(diff)
	}
}

func TestRunsOfNoDirectories(t *testing.T) {
	t.Parallel()
	tree := store.Tree{Dir: t.TempDir()}
	if runs, err := tree.Runs(); err != nil || len(runs) > 0 {
		t.Errorf("no directories: %v, %v", runs, err)
	}
	tree.Dir = filepath.Join(tree.Dir, "gone")
	if _, err := tree.Runs(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no tree: %v", err)
	}
}

func TestEntryWithoutAFileDoesNotExist(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	outside := filepath.Join(t.TempDir(), "outside")
	tree.do(os.WriteFile(outside, []byte(pickled(t, row{0, 1})), 0o600))
	tree.symlink("../validation_scores", "training_stats/in")
	tree.fifo("training_stats/pipe")
	tree.mkdir("training_stats/empty/below")
	tree.mkdir("training_stats/odd")
	tree.symlink(outside, "training_stats/odd/out")
	tree.fifo("training_stats/odd/pipe")
	for _, run := range []string{"in", "pipe", "empty", "odd", "missing"} {
		if _, err := tree.Stat(run, store.Training); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %s: %v", run, err)
		}
		if _, err := tree.ReadTraining(t.Context(), run, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read %s: %v", run, err)
		}
	}
	for _, run := range []string{"../validation_scores", "..", "", outside} {
		if _, err := tree.Stat(run, store.Training); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %s: %v", run, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	want := []row{{0, 1}, {1, -1}, {3, 2}}
	for _, run := range []string{"run", "with \"space\"", "\xff\n"} {
		tree.write(run, want...)
		file, err := tree.ReadTraining(t.Context(), run, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, trainingRows(file.Rows), compareRows); diff != "" {
			t.Error(diff)
		}
		if len(file.Problems) > 0 || file.Trailing {
			t.Errorf("problems are %v", file.Problems)
		}
		content := tree.content("training_stats/" + run)
		s := file.Sources[0]
		if s.Path != "training_stats/"+run || s.SHA256 != sha256Of(content) || s.Size != int64(len(content)) {
			t.Errorf("source is %+v", s)
		}
		scores, err := tree.ReadValidation(t.Context(), run, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, validationRows(scores.Rows), compareRows); diff != "" {
			t.Error(diff)
		}
		stat, err := tree.Stat(run, store.Training)
		if err != nil || len(stat) != 1 || stat[0].Stamp != s.Stamp {
			t.Errorf("stat is %+v, %v; read %+v", stat, err, s)
		}
	}
}

func sha256Of(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestReadNotesProblems(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	content := pickled(t, row{1, 1}, row{0, 1}) + "more"
	tree.file("training_stats/other", content)
	file, err := tree.ReadTraining(t.Context(), "other", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"rows are not in order of iteration (1 step back)",
		`rows name another run, "run"`,
		"bytes after the end of the pickle are ignored",
	}
	if diff := cmp.Diff(want, file.Problems); diff != "" {
		t.Error(diff)
	}
	if !file.Trailing || file.Sources[0].RunName != "run" || file.Sources[0].SHA256 != sha256Of(content) {
		t.Errorf("read %+v", file)
	}
}

func TestReadRunDirectory(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.mkdir("training_stats/run/below")
	tree.file("training_stats/run/b", pickled(t, row{1, 2}, row{2, 2}))
	tree.file("training_stats/run/a", pickled(t, row{0, 1}, row{1, 1}))
	tree.file("training_stats/run/below/c", "no pickle")
	tree.file("training_stats/run/.statsmirror-tmp-1", "no pickle")
	file, err := tree.ReadTraining(t.Context(), "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]row{{0, 1}, {1, 1}, {1, 2}, {2, 2}}, trainingRows(file.Rows), compareRows); diff != "" {
		t.Error(diff)
	}
	if len(file.Sources) != 2 || file.Sources[1].Path != "training_stats/run/b" {
		t.Errorf("sources are %+v", file.Sources)
	}
	tree.file("training_stats/run/c", "no pickle")
	var invalid *store.InvalidError
	if _, err = tree.ReadTraining(t.Context(), "run", nil); !errors.As(err, &invalid) {
		t.Fatalf("with a file that is not a pickle: %v", err)
	}
	if invalid.Path != "training_stats/run/c" || invalid.Rows != 4 || len(invalid.Sources) != 3 {
		t.Errorf("invalid is %+v", invalid)
	}
}

func TestReadTornFile(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	whole := pickled(t, row{0, 1}, row{1, 1}, row{2, 1})
	torn := whole[:len(whole)-8]
	tree.file("training_stats/it's torn", torn)
	_, err := tree.ReadTraining(t.Context(), "it's torn", nil)
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || !invalid.Torn() {
		t.Fatal(err)
	}
	if invalid.Rows != 2 || invalid.SHA256 != sha256Of(torn) || invalid.Offset < 0 || invalid.Offset > int64(len(torn)) {
		t.Errorf("invalid is %+v", invalid)
	}
	if got := invalid.Sources[0]; got.Size != int64(len(torn)) || got.SHA256 != invalid.SHA256 || got.ModTime == 0 {
		t.Errorf("source is %+v", got)
	}
	if hint := invalid.Hint(false); strings.Contains(hint, "--in-place") || !strings.Contains(hint, "inspect --salvage-to") {
		t.Errorf("hint without a snapshot is %q", hint)
	}
	if want := `statsmirror restore 'it'\''s torn' --in-place`; !strings.Contains(invalid.Hint(true), want) {
		t.Errorf("hint is %q, want %q in it", invalid.Hint(true), want)
	}
}

func TestReadEmptyFile(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.file("validation_scores/run", "")
	_, err := tree.ReadValidation(t.Context(), "run", nil)
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || !invalid.Torn() || !strings.Contains(err.Error(), "the file is empty") {
		t.Fatal(err)
	}
	if invalid.SHA256 != sha256Of("") || invalid.Hint(true) == "" {
		t.Errorf("invalid is %+v", invalid)
	}
}

func TestReadIterationOutOfRange(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	content := pickled(t, row{0, 1})
	if content = strings.Replace(content, "K\x00", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 1); !strings.Contains(content, "\x8a") {
		t.Fatal("the iteration is not in the file")
	}
	tree.file("training_stats/run", "\x80\x04"+content[len("\x80\x04")+9:]) // without the frame, whose size is now wrong
	var invalid *store.InvalidError
	if _, err := tree.ReadTraining(t.Context(), "run", nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "9223372036854775807") {
		t.Error(err)
	}
}

func TestFileStillBeingWrittenIsNotRead(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.Quiet = time.Hour
	var unsettled *store.UnsettledError
	if _, err := tree.ReadTraining(t.Context(), "run", nil); !errors.As(err, &unsettled) {
		t.Fatal(err)
	}
	if unsettled.After <= 0 || unsettled.After > time.Hour || unsettled.Path != "training_stats/run" {
		t.Errorf("unsettled is %+v", unsettled)
	}
	past := time.Now().Add(-time.Hour)
	tree.do(os.Chtimes(tree.path("training_stats/run"), past, past))
	if _, err := tree.ReadTraining(t.Context(), "run", nil); err != nil {
		t.Error(err)
	}
}

func TestCoarseTimesTakeLongerToSettle(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.Quiet = time.Hour
	second := time.Now().Truncate(time.Second).Add(-time.Hour)
	tree.do(os.Chtimes(tree.path("training_stats/run"), second, second))
	var unsettled *store.UnsettledError
	if _, err := tree.ReadTraining(t.Context(), "run", nil); !errors.As(err, &unsettled) || unsettled.After > 2*time.Second {
		t.Error(err)
	}
}

// TestTimeInTheFuture reads a file whose time is in the future by the test's clock. The file must
// be seen unchanged for the quiet period.
func TestTimeInTheFuture(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.Quiet = time.Minute
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if _, err := tree.ReadTraining(t.Context(), "run", nil); err != nil || time.Since(begin) != time.Minute {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		time.AfterFunc(30*time.Second, func() { tree.file("training_stats/run", "changed") })
		var unsettled *store.UnsettledError
		if _, err := tree.ReadTraining(t.Context(), "run", nil); !errors.As(err, &unsettled) || unsettled.After != time.Minute {
			t.Errorf("changed meanwhile: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := tree.ReadTraining(ctx, "run", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("out of time: %v", err)
		}
	})
}

// A meddler is a context that changes the file just before its first bytes are read.
type meddler struct {
	context.Context
	do    func()
	asked int
}

func (m *meddler) Err() error {
	if m.asked++; m.asked == 2 { // the first call is at its opening
		m.do()
	}
	return m.Context.Err()
}

func TestReadOfAChangingFileIsDiscarded(t *testing.T) {
	t.Parallel()
	past := time.Now().Add(-time.Hour)
	for name, change := range map[string]func(statsTree, string){
		"rewritten in place, time set back": func(tree statsTree, run string) {
			tree.file(run, tree.content(run))
			tree.do(os.Chtimes(tree.path(run), past, past))
		},
		"grown": func(tree statsTree, run string) { tree.file(run, tree.content(run)+"more") },
		"truncated": func(tree statsTree, run string) {
			tree.do(os.Truncate(tree.path(run), 3))
		},
		"removed": func(tree statsTree, run string) { tree.do(os.Remove(tree.path(run))) },
		"replaced": func(tree statsTree, run string) {
			tree.file("other", tree.content(run))
			tree.do(os.Chtimes(tree.path("other"), past, past))
			tree.do(os.Rename(tree.path("other"), tree.path(run)))
		},
		"made a link": func(tree statsTree, run string) {
			tree.do(os.Rename(tree.path(run), tree.path("other")))
			tree.symlink("../other", run)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := newTree(t)
			tree.write("run", row{0, 1}, row{1, 1})
			tree.do(os.Chtimes(tree.path("training_stats/run"), past, past))
			ctx := &meddler{Context: t.Context(), do: func() { change(tree, "training_stats/run") }}
			var unsettled *store.UnsettledError
			if _, err := tree.ReadTraining(ctx, "run", nil); !errors.As(err, &unsettled) {
				t.Errorf("read: %v", err)
			}
			if ctx.asked < 2 {
				t.Error("the file was not touched")
			}
		})
	}
}

func TestTreeMadeAgain(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.do(os.RemoveAll(tree.Dir))
	if _, err := tree.ReadTraining(t.Context(), "run", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	tree.mkdir(".")
	tree.write("run", row{5, 1})
	if file, err := tree.ReadTraining(t.Context(), "run", nil); err != nil || file.Rows.TrainedUntil() != 6 {
		t.Errorf("made again: %v, %v", file.Rows, err)
	}
}

func TestReadStops(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tree.ReadTraining(ctx, "run", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRunThatTheCallerKnowsIsNotRead(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	tree.Quiet = time.Hour // the files are not settled
	known, err := tree.Stat("run", store.Training)
	tree.do(err)
	unless := func(found []store.Source) bool { return slices.Equal(found, known) }
	if _, err := tree.ReadTraining(t.Context(), "run", unless); !errors.Is(err, store.ErrUnchanged) {
		t.Errorf("unchanged: %v", err)
	}
	if _, err := tree.ReadTraining(t.Context(), "missing", unless); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	tree.file("training_stats/run", pickled(t, row{0, 1}, row{1, 1}))
	var unsettled *store.UnsettledError
	if _, err := tree.ReadTraining(t.Context(), "run", unless); !errors.As(err, &unsettled) {
		t.Errorf("changed: %v", err)
	}
}
