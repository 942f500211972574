package dir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// caseless finds names whatever their case, as a Windows share does.
type caseless struct{ *os.Root }

// Lstat implements [durable.Names].
func (c caseless) Lstat(name string) (fs.FileInfo, error) {
	at, dir := ".", fs.FileInfo(nil)
	for part := range strings.SplitSeq(name, "/") {
		names, err := fs.ReadDir(c.FS(), at)
		if err != nil {
			return nil, err
		}
		found := false
		for _, e := range names {
			if found = strings.EqualFold(e.Name(), part); found {
				at = path.Join(at, e.Name())
				break
			}
		}
		if !found {
			return nil, fs.ErrNotExist
		}
		if dir, err = c.Root.Lstat(at); err != nil {
			return nil, err
		}
	}
	return dir, nil
}

// TestRunsWhoseNamesDifferInCaseDoNotShareFiles puts files of two runs on a file system that
// ignores case.
func TestRunsWhoseNamesDifferInCaseDoNotShareFiles(t *testing.T) {
	t.Parallel()
	b := New(t.TempDir())
	b.names = func(root *os.Root) durable.Names { return caseless{root} }
	put := func(name, over string) (backup.Info, error) {
		return b.Put(t.Context(), name, strings.NewReader(name), int64(len(name)), over)
	}
	for _, name := range []string{"snapshots/Run.parquet", "history/Run/00000001.parquet", "history/Run/00000002.parquet"} {
		info, err := put(name, backup.None)
		if err == nil {
			_, err = put(name, info.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"snapshots/run.parquet", "history/run/00000001.parquet", "history/run/00000003.parquet", "history/RUN/removed.json"} {
		if _, err := put(name, backup.None); !errors.Is(err, backup.ErrEntry) || !strings.Contains(err.Error(), "another name") {
			t.Errorf("put %s: %v", name, err)
		}
		if f, err := b.Open(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %s: %v, %v", name, f, err)
		}
	}
	if _, err := put("snapshots/other.parquet", backup.None); err != nil {
		t.Error(err)
	}
	for prefix, want := range map[string]int{"history/run/": 0, "history/Run/": 2, "snapshots/": 2} {
		n := 0
		err := b.List(t.Context(), prefix, func(backup.Info) error { n++; return nil })
		if err != nil || n != want {
			t.Errorf("%s: %d files, %v", prefix, n, err)
		}
	}
	content, err := os.ReadFile(filepath.Join(b.String(), "snapshots/Run.parquet"))
	if err != nil || string(content) != "snapshots/Run.parquet" {
		t.Errorf("the file holds %q, %v", content, err)
	}
	f, err := b.Open(t.Context(), "history/Run/00000001.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if content, err := io.ReadAll(io.NewSectionReader(f, 0, f.Info().Size)); err != nil || string(content) != "history/Run/00000001.parquet" {
		t.Errorf("the file holds %q, %v", content, err)
	}
}
