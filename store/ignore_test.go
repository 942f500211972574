package store_test

import (
	"testing"

	"statsmirror/store"
)

func TestFilesOfOtherProgramsAreLeftOut(t *testing.T) {
	t.Parallel()
	tree := store.Tree{Ignore: []string{"*.bak"}}
	for _, name := range []string{
		".nfs000000000a1b2c3d00000001", ".fuse_hidden0000000100000001", ".DS_Store", "._cells", "cells~", ".cells.swp", "#cells#", ".#cells",
		".cells.Ab3dE9", ".syncthing.cells.tmp", "~syncthing~cells.tmp", "cells.sync-conflict-20240101-120000-ABCDEFG",
		".cells.~1a2b", "cells (conflicted copy 2024-01-01)", "cells.bak",
	} {
		if !tree.Ignores(name) {
			t.Errorf("%s counts as a run", name)
		}
	}
	for _, name := range []string{"cells", "cells.old", ".cells", "~", "#", "cells.Ab3dE9", "run-1", "a~b", ".cells.v2", "cells (copy)", "-x"} {
		if tree.Ignores(name) {
			t.Errorf("the run %s is left out", name)
		}
	}
}
