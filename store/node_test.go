package store_test

import (
	"os"
	"testing"
	"time"

	"statsmirror/store"
)

// TestTreeClosesWhatItOpens reads and lists runs of every sort, because no finalizer closes a
// descriptor that is left open. It is not parallel: it counts the descriptors of the process.
func TestTreeClosesWhatItOpens(t *testing.T) { //nolint:paralleltest // counts the descriptors of the process
	tree := newTree(t)
	past := time.Now().Add(-time.Hour)
	tree.write("run", row{0, 1})
	tree.mkdir("training_stats/directory")
	tree.file("training_stats/directory/part", tree.content("training_stats/run"))
	tree.file("training_stats/directory/.statsmirror-tmp-1", "")
	tree.mkdir("training_stats/empty")
	tree.file("training_stats/torn", "\x80\x04")
	tree.fifo("training_stats/pipe")
	tree.symlink("run", "training_stats/link")
	tree.symlink("../training_stats/directory", "training_stats/link to directory")
	tree.symlink("nowhere", "training_stats/dangling")
	tree.symlink("circle", "training_stats/circle")
	use := func() {
		for _, run := range []string{"run", "directory", "empty", "torn", "pipe", "link", "link to directory", "dangling", "circle", "missing"} {
			_, _ = tree.Stat(run, store.Training)
			_, _ = tree.ReadTraining(t.Context(), run, nil)
			_, _ = tree.ReadValidation(t.Context(), run, nil)
			_, _ = tree.Follow("training_stats/" + run)
			_, _ = store.Inspect(t.Context(), tree.path("training_stats/"+run))
			_, _ = store.NewFileStatsStore(tree.Dir).RetrieveTrainingStats(run)
			ctx := &meddler{Context: t.Context(), do: func() { tree.do(os.Chtimes(tree.path("training_stats/run"), past, past)) }}
			_, _ = tree.ReadTraining(ctx, run, nil)
		}
		_, _ = tree.Runs()
		_, _ = tree.LeftOut()
		_ = tree.Each(t.Context(), func(store.Kind, []store.Entry) {})
	}
	use()
	before := descriptors(t)
	use()
	tree.do(os.Remove(tree.path("validation_scores/run")))
	tree.do(os.Remove(tree.path("validation_scores")))
	tree.file("validation_scores", "not a directory")
	use()
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors are open, %d before", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestStatOfARunAllocatesLittle bounds the allocations of the call that a scan and a Sync make for
// each run.
func TestStatOfARunAllocatesLittle(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of the whole process
	tree := newTree(t)
	tree.write("run", row{0, 1})
	const most = 12
	n := testing.AllocsPerRun(100, func() {
		if _, err := tree.Stat("run", store.Training); err != nil {
			t.Error(err)
		}
	})
	if n > most {
		t.Errorf("%v allocations, at most %d", n, most)
	}
}
