//go:build integration

package store_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"statsmirror/store"
)

// TestDeviceIsNotARun creates device nodes under the names of runs, which needs root.
func TestDeviceIsNotARun(t *testing.T) {
	t.Parallel()
	tree := newTree(t)
	for name, device := range map[string]int{"zero": 1<<8 | 5, "null": 1<<8 | 3} {
		if err := syscall.Mknod(tree.path("training_stats/"+name), syscall.S_IFCHR|0o666, device); err != nil {
			t.Fatal("create a device node (run this as root): ", err)
		}
		if _, err := tree.Stat(name, store.Training); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %s: %v", name, err)
		}
		if _, err := tree.ReadTraining(t.Context(), name, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("read %s: %v", name, err)
		}
		if _, err := store.Inspect(t.Context(), tree.path("training_stats/"+name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("inspect %s: %v", name, err)
		}
	}
	if runs, err := tree.Runs(); err != nil || len(runs) > 0 {
		t.Errorf("runs are %v, %v", runs, err)
	}
}
