package dir_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/store/durable"
)

func TestSweepRemovesOldTemporaryFilesOnly(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	b := dir.New(path)
	if err := errors.Join(put(t, b, "snapshots/run.parquet"), put(t, b, "history/run/00000001.parquet")); err != nil {
		t.Fatal(err)
	}
	old, young := time.Now().Add(-25*time.Hour), time.Now().Add(-23*time.Hour)
	for name, modified := range map[string]time.Time{
		"snapshots/" + durable.TempPrefix + "1":   old,
		"history/run/" + durable.TempPrefix + "2": old,
		"history/run/" + durable.TempPrefix + "3": young,
		"history/run/00000001.parquet":            old,
		durable.TempPrefix + "lock":               old,
	} {
		name = filepath.Join(path, name)
		f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			err = errors.Join(f.Close(), os.Chtimes(name, modified, modified))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backuptest.List(t.Context(), b, ""); err != nil {
		t.Fatal(err)
	}
	if err := b.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"snapshots/" + durable.TempPrefix + "1":   false,
		"history/run/" + durable.TempPrefix + "2": false,
		"history/run/" + durable.TempPrefix + "3": true,
		"history/run/00000001.parquet":            true,
		durable.TempPrefix + "lock":               true,
	} {
		if _, err := os.Lstat(filepath.Join(path, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
