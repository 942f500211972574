package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"statsmirror/store"
	"statsmirror/store/column"

	"github.com/google/go-cmp/cmp"
)

func TestFileStatsStoreExtendsOrOverwrites(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ stored, incoming, want []row }{
		"first":                       {nil, []row{{0, 1}, {1, 1}}, []row{{0, 1}, {1, 1}}},
		"further extends":             {[]row{{0, 1}, {1, 1}}, []row{{0, 2}, {1, 2}, {2, 2}}, []row{{0, 1}, {1, 1}, {2, 2}}},
		"further by iteration":        {[]row{{0, 1}, {10, 1}}, []row{{11, 2}, {20, 2}}, []row{{0, 1}, {10, 1}, {11, 2}, {20, 2}}},
		"further, in any order":       {[]row{{0, 1}}, []row{{2, 2}, {1, 2}, {2, 1}}, []row{{0, 1}, {1, 2}, {2, 1}}},
		"equal overwrites":            {[]row{{0, 1}, {1, 1}}, []row{{1, 2}}, []row{{1, 2}}},
		"behind overwrites":           {[]row{{0, 1}, {1, 1}}, []row{{0, 2}}, []row{{0, 2}}},
		"behind, until 0":             {[]row{{0, 1}}, []row{{-1, 2}}, []row{{-1, 2}}},
		"no rows change nothing":      {[]row{{0, 1}}, nil, []row{{0, 1}}},
		"no rows into an empty store": {nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := store.NewFileStatsStore(filepath.Join(t.TempDir(), "made", "with it"))
			for _, rows := range [][]row{c.stored, c.incoming} {
				if err := s.StoreTrainingStats("run", training(rows...)); err != nil {
					t.Fatal(err)
				}
				if err := s.StoreValidationIterationScores("run", validation(rows...)); err != nil {
					t.Fatal(err)
				}
			}
			checkStored(t, s, "run", c.want)
		})
	}
}

func checkStored(t *testing.T, s *store.FileStatsStore, run string, want []row) {
	t.Helper()
	stats, err := s.RetrieveTrainingStats(run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, trainingRows(stats), compareRows); diff != "" {
		t.Error("training stats:", diff)
	}
	scores, err := s.RetrieveValidationIterationScores(run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, validationRows(scores), compareRows); diff != "" {
		t.Error("validation scores:", diff)
	}
}

// TestFileStatsStoreOnFilesOfDaCapo extends a file that DaCapo wrote. The result must equal the
// file that DaCapo wrote when it extended the same file.
func TestFileStatsStoreOnFilesOfDaCapo(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	corpus := filepath.Join("testdata", "corpus", "bookworm", "training_stats")
	copyFile(t, filepath.Join(corpus, "t_1001"), tree.path("training_stats/run"))
	copyFile(t, filepath.Join(corpus, "t_5000"), tree.path("training_stats/longer"))
	s := store.NewFileStatsStore(tree.Dir)
	longer, err := s.RetrieveTrainingStats("longer")
	if err != nil || longer.TrainedUntil() != 5000 {
		t.Fatalf("until %d, %v", longer.TrainedUntil(), err)
	}
	if err := s.StoreTrainingStats("run", longer); err != nil {
		t.Fatal(err)
	}
	if tree.content("training_stats/run") != tree.content("training_stats/longer") {
		t.Error("the extended file differs from DaCapo's")
	}
}

func TestFileStatsStoreDeletes(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	s := store.NewFileStatsStore(tree.Dir)
	tree.write("run", row{0, 1})
	tree.file("training_stats/torn", "\x80\x04")
	for _, run := range []string{"run", "torn", "missing"} {
		if err := s.DeleteTrainingStats(run); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(tree.path("training_stats")); err != nil || len(left) > 0 {
		t.Errorf("files left: %v, %v", left, err)
	}
	scores, err := s.RetrieveValidationIterationScores("run")
	if err != nil || scores.Len() != 1 {
		t.Errorf("validation scores are %v, %v", scores, err)
	}
	if err := store.NewFileStatsStore(tree.path("none")).DeleteTrainingStats("run"); err != nil {
		t.Error(err)
	}
}

func TestFileStatsStoreWithoutDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	checkStored(t, store.NewFileStatsStore(dir), "run", nil)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("retrieving created the directory")
	}
}

func TestFileStatsStoreRefuses(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	s := store.NewFileStatsStore(tree.Dir)
	tree.file("training_stats/torn", "\x80\x04]")
	tree.mkdir("training_stats/directory")
	tree.file("training_stats/directory/stats", pickled(t, row{0, 1}))
	tree.symlink("../nowhere", "training_stats/link")
	for _, run := range []string{"torn", "directory", "link", "", "..", "a/b"} {
		if err := s.StoreTrainingStats(run, training(row{0, 1}, row{1, 1})); err == nil {
			t.Errorf("stored run %q", run)
		}
	}
	if tree.content("training_stats/torn") != "\x80\x04]" {
		t.Error("the torn file was changed")
	}
	var invalid *store.InvalidError
	if _, err := s.RetrieveTrainingStats("torn"); !errors.As(err, &invalid) {
		t.Errorf("retrieved a torn file: %v", err)
	}
	if rows, err := s.RetrieveTrainingStats("directory"); err != nil || rows.Len() != 1 {
		t.Errorf("a run directory has %v, %v", rows, err)
	}
	tooFar := store.TrainingStats{Iteration: column.BlocksOf[int64](store.MaxIteration + 1)}
	tooFar.Loss.Append(0)
	tooFar.Time.Append(0)
	if err := s.StoreTrainingStats("run", tooFar); err == nil {
		t.Error("stored an iteration past the highest")
	}
}

// TestFileStatsStoreConcurrently lets several stores on one directory store the same runs. Each
// must see whole files, and must extend the rows it has seen, or more.
func TestFileStatsStoreConcurrently(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		s := store.NewFileStatsStore(dir)
		for _, run := range []string{"a", "b"} {
			wg.Go(func() { storeOn(t, s, run, 12) })
		}
	}
	wg.Wait()
}

// storeOn stores one row more than the run has, until it has enough. If another store was faster,
// its rows are overwritten by as many or fewer, but without gaps.
func storeOn(t *testing.T, s *store.FileStatsStore, run string, rows int) {
	var all []row
	for n := range rows {
		all = append(all, row{int64(n), n})
	}
	for {
		stats, err := s.RetrieveTrainingStats(run)
		if err != nil {
			t.Error(err)
			return
		}
		if !slices.Equal(trainingRows(stats), all[:stats.Len()]) {
			t.Errorf("run %s has %v", run, trainingRows(stats))
			return
		}
		if stats.Len() == rows {
			return
		}
		if err := s.StoreTrainingStats(run, training(all[:stats.Len()+1]...)); err != nil {
			t.Error(err)
			return
		}
	}
}
