package dir

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"statsmirror/mirror/backup/backuptest"
)

// TestChangeThatKeepsSizeAndTimeIsAnotherVersion writes to a file and resets its modification time.
func TestChangeThatKeepsSizeAndTimeIsAnotherVersion(t *testing.T) {
	b := New(t.TempDir())
	info, err := b.Put(context.Background(), "snapshots/run.parquet", bytes.NewReader([]byte("before")), 6, "")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(b.String(), "snapshots/run.parquet")
	stat, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	for changed := false; !changed; { // until the clock of the file system has advanced
		if err := os.WriteFile(name, []byte("after!"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, stat.ModTime(), stat.ModTime()); err != nil {
			t.Fatal(err)
		}
		now, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		changed = infoOf("", now).Version != infoOf("", stat).Version
	}
	listed, err := backuptest.List(context.Background(), b, "snapshots/")
	if err != nil || len(listed) != 1 || listed[0].Version == info.Version || listed[0].Size != info.Size {
		t.Errorf("listed %v, %v; before %v", listed, err, info)
	}
}
