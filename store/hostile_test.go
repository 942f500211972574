package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/store"
)

// TestHostileEntriesGiveNoRows reads entries that are not stats files but have the names of runs.
func TestHostileEntriesGiveNoRows(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	outside := t.TempDir()
	tree.do(os.WriteFile(filepath.Join(outside, "secret"), []byte(pickled(t, row{0, 1})), 0o600))
	tree.write("real", row{0, 1})
	circles := "circle, back, there"
	at := func(name string) string { return "training_stats/" + name }
	tree.symlink("circle", at("circle"))
	tree.symlink("there", at("back"))
	tree.symlink("back", at("there"))
	tree.symlink("..", at("up"))
	tree.symlink("/dev/zero", at("zero"))
	tree.symlink("nowhere", at("dangling"))
	tree.fifo(at("pipe"))
	dir, err := os.Open(tree.path("training_stats"))
	tree.do(err)
	defer dir.Close()
	socket, err := net.Listen("unix", fmt.Sprintf("/proc/self/fd/%d/socket", dir.Fd())) // its path must be short
	tree.do(err)
	defer socket.Close()
	tree.mkdir(at("directory/of directories/run"))
	tree.mkdir(at("odd"))
	tree.symlink(".", at("odd/circle"))
	tree.symlink(filepath.Join(outside, "secret"), at("odd/out"))
	tree.fifo(at("odd/pipe"))
	entries, err := os.ReadDir(tree.path("training_stats"))
	tree.do(err)
	for _, e := range entries {
		if e.Name() == "real" {
			continue
		}
		_, statErr := tree.Stat(e.Name(), store.Training)
		file, err := tree.ReadTraining(t.Context(), e.Name(), nil)
		var link *store.LinkError
		circle := strings.Contains(circles, e.Name()) && errors.As(statErr, &link) && errors.As(err, &link)
		if !circle && (!errors.Is(statErr, fs.ErrNotExist) || !errors.Is(err, fs.ErrNotExist)) || file.Rows.Len() > 0 {
			t.Errorf("%s: stat %v, read %v", e.Name(), statErr, err)
		}
	}
	runs, err := tree.Runs()
	tree.do(err)
	if got := strings.Join(runs, ","); got != "back,circle,directory,odd,real,there,up" {
		t.Errorf("runs are %s", got)
	}
	t.Logf("%d entries", len(entries)-1)
}

// TestHostileNamesAreRefused shows that a run name cannot lead out of the tree.
func TestHostileNamesAreRefused(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	tree.write("run", row{0, 1})
	names := []string{"..", ".", "", "../training_stats/run", "/etc/passwd", "run/", "run/../run", "run\x00", "\x00", strings.Repeat("x", 256), ".statsmirror-tmp-1"}
	for _, name := range names {
		_, statErr := tree.Stat(name, store.Training)
		_, readErr := tree.ReadTraining(t.Context(), name, nil)
		_, scoresErr := tree.ReadValidation(t.Context(), name, nil)
		for _, err := range []error{statErr, readErr, scoresErr} {
			if err == nil || !strings.Contains(err.Error(), "invalid run name") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	t.Logf("%d names", len(names))
}

// TestHostileSwapBeforeARunIsOpened replaces a run after it was found to be a file, but before it
// is opened.
func TestHostileSwapBeforeARunIsOpened(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte(pickled(t, row{7, 7})), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, swap := range map[string]func(statsTree, string){
		"for a link out":            func(tree statsTree, run string) { tree.symlink(outside, run) },
		"for a link to itself":      func(tree statsTree, run string) { tree.symlink("run", run) },
		"for a link to another":     func(tree statsTree, run string) { tree.symlink("other", run) },
		"for a link to where it is": func(tree statsTree, run string) { tree.symlink("../aside", run) },
		"for a pipe":                func(tree statsTree, run string) { tree.fifo(run) },
		"for a directory":           func(tree statsTree, run string) { tree.mkdir(run) },
		"for nothing":               func(statsTree, string) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := newTree(t)
			tree.write("run", row{0, 1})
			tree.write("other", row{5, 5})
			ctx := &interruption{Context: t.Context(), do: func() {
				tree.do(os.Rename(tree.path("training_stats/run"), tree.path("aside")))
				swap(tree, "training_stats/run")
			}}
			file, err := tree.ReadTraining(ctx, "run", nil)
			if err == nil || file.Rows.Len() > 0 {
				t.Errorf("read %v, %v", file.Rows, err)
			}
			var invalid *store.InvalidError
			if errors.As(err, &invalid) {
				t.Errorf("reported as damage: %v", err)
			}
		})
	}
}

// TestHostileSparseFileIsNotRead has a file whose rest, after its pickle or a fault in it, is
// larger than any stats file. The rest is not read.
func TestHostileSparseFileIsNotRead(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	whole := pickled(t, row{0, 1}, row{1, 1})
	for name, test := range map[string]struct {
		content string
		rows    int
		why     string
	}{
		"empty": {"", 0, "zeros where the pickle should begin"},
		"torn":  {whole[:len(whole)-8], 1, ""},
		"whole": {whole, 2, "bytes follow the end of the pickle"},
	} {
		tree.file("training_stats/"+name, test.content)
		tree.do(os.Truncate(tree.path("training_stats/"+name), 100<<30))
		i := &interruption{Context: t.Context(), at: 50, do: func() { t.Errorf("%s: the rest is read", name) }} // called at each read
		_, err := tree.ReadTraining(i, name, nil)
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), test.why) || invalid.Rows != test.rows {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFrameLongerThanTheFileIsTorn shows that a file which ends before its frame is torn, as Python
// sees it, and that its rows can be saved.
func TestFrameLongerThanTheFileIsTorn(t *testing.T) {
	tree := newTree(t)
	const row = "\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00](}(\x8c\x09iterationK\x01\x8c\x04lossN\x8c\x04timeNue."
	tree.file("training_stats/run", row)
	_, err := tree.ReadTraining(t.Context(), "run", nil)
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || !invalid.Torn() || invalid.Rows != 1 {
		t.Error(err)
	}
}
