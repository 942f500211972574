package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/store"
	"statsmirror/store/durable"
)

// TestWhatACrashOfRestoreLeftIsRemoved creates the names that a crash leaves, and looks a day
// later.
func TestWhatACrashOfRestoreLeftIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, "training_stats", name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(at(""), 0o700))
	old := time.Now().Add(-time.Hour)
	names := map[string]bool{ // whether they stay
		"run":                       true,
		durable.TempPrefix + "lock": true,
		durable.TempPrefix + "beside-0000000000000000": true,
		durable.TempPrefix + "0123456789abcdef":        false,
		durable.KeptPrefix + "0000000000000001":        false, // replaced nothing: a run has another name for it
		durable.KeptPrefix + "0000000000000002":        false, // nothing has written to it since
		durable.KeptPrefix + "0000000000000003":        true,  // a store has written to it
	}
	for name := range names {
		must(os.WriteFile(at(name), []byte(name), 0o600))
	}
	must(os.Remove(at(durable.KeptPrefix + "0000000000000001")))
	must(os.Link(at("run"), at(durable.KeptPrefix+"0000000000000001")))
	must(os.Chtimes(at(durable.KeptPrefix+"0000000000000002"), old, old))
	look := func(after time.Duration, day bool) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(old.Add(time.Hour + after))) // the clock of the file system moves on
			must(store.RemoveLeft(dir))
		})
		for name, stays := range names {
			_, err := os.Lstat(at(name))
			if gone := errors.Is(err, fs.ErrNotExist); gone != (day && !stays) {
				t.Errorf("after %v: %s is gone: %t", after, name, gone)
			}
		}
	}
	look(23*time.Hour, false)
	look(25*time.Hour, true)
	must(store.RemoveLeft(filepath.Join(dir, "missing")))
}
