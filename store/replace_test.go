package store_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/store"
	"statsmirror/store/durable"
)

// TestWriterOfAReplacedFileLosesNothing has a writer that keeps the replaced file open and
// continues after a pause. Meanwhile the new file is unchanged, or written too.
func TestWriterOfAReplacedFileLosesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pause  time.Duration // 0: the writer stops
		second string        // written to the new file
		want   string        // part of the error
	}{
		"it has ended":            {0, "", ""},
		"it goes on":              {500 * time.Millisecond, "", "was put back"},
		"another writes the next": {500 * time.Millisecond, "second", "the first writes are in /"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { replaceBeside(t, c.pause, c.second, c.want) })
		})
	}
}

func replaceBeside(t *testing.T, pause time.Duration, second, want string) {
	tree := newTree(t)
	tree.file("training_stats/run", "first")
	before, err := tree.Stat("run", store.Training)
	tree.do(err)
	writer, err := os.OpenFile(tree.path("training_stats/run"), os.O_WRONLY|os.O_APPEND, 0)
	tree.do(err)
	defer writer.Close()
	root, err := os.OpenRoot(tree.Dir)
	tree.do(err)
	defer root.Close()
	replaced, err := store.ReplaceTraining(root, "run", "", training(row{0, 1}), before)
	tree.do(err)
	defer replaced.Close()
	if pause > 0 {
		go func() {
			time.Sleep(pause)
			if second != "" {
				_ = os.WriteFile(tree.path("training_stats/run"), []byte(second), 0o644)
			}
			_, _ = writer.WriteString(" and more")
		}()
	}
	err = replaced.Settle(t.Context(), time.Second)
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error is %v", err)
	}
	content, err := os.ReadFile(tree.path("training_stats/run"))
	tree.do(err)
	names, err := os.ReadDir(tree.path("training_stats"))
	tree.do(err)
	switch {
	case want == "" && (len(names) != 1 || string(content) == "first"),
		pause > 0 && second == "" && (len(names) != 1 || string(content) != "first and more"),
		second != "" && (len(names) != 2 || string(content) != second):
		t.Errorf("%d files, the run's holds %q", len(names), content)
	}
}

func TestFileThatChangedIsNotReplaced(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.file("training_stats/run", "first")
	before, err := tree.Stat("run", store.Training)
	tree.do(err)
	root, err := os.OpenRoot(tree.Dir)
	tree.do(err)
	defer root.Close()
	for name, change := range map[string]func() []store.Source{
		"written": func() []store.Source { tree.file("training_stats/run", "first and more"); return before },
		"gone":    func() []store.Source { tree.do(os.Remove(tree.path("training_stats/run"))); return before },
		"made":    func() []store.Source { tree.file("training_stats/run", "new"); return nil },
	} {
		there := change()
		if _, err := store.ReplaceTraining(root, "run", "", training(row{0, 1}), there); !errors.Is(err, durable.ErrChanged) {
			t.Errorf("%s: error is %v", name, err)
		}
		if names, err := os.ReadDir(tree.path("training_stats")); err != nil || len(names) > 1 {
			t.Errorf("%s: left %v, %v", name, names, err)
		}
	}
}
