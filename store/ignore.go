package store

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"statsmirror/store/durable"
)

// leftOut are patterns, in the syntax of path.Match, of names that other programs give their files:
// NFS, FUSE, macOS, editors, rsync, Syncthing and Nextcloud.
var leftOut = []string{
	".nfs[0-9a-f]*", ".fuse_hidden*", ".DS_Store", "._*",
	"?*~", ".?*.sw?", "#?*#", ".#*",
	".?*.[0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z]",
	".syncthing.*.tmp", "~syncthing~*.tmp", "*.sync-conflict-[0-9]*",
	".?*.~[0-9a-f]*", "* (conflicted copy [0-9]*)*",
}

// Ignores reports whether a file with that base name is ignored: it is neither a run nor part of
// one. The name belongs to a temporary file or to another program, or matches a pattern of the
// tree.
func (t Tree) Ignores(name string) bool {
	matches := func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return matched && err == nil
	}
	return durable.IsTemp(name) || slices.ContainsFunc(leftOut, matches) || slices.ContainsFunc(t.Ignore, matches)
}

// LeftOut returns the paths of all ignored files in the tree and in run directories.
func (t Tree) LeftOut() ([]string, error) {
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("list ignored files: %w", err)
	}
	defer root.Close()
	var all []string
	for _, kind := range Kinds {
		var entries []fs.DirEntry
		if d, err := openKind(root, kind); err == nil { // the error is reported by Runs
			entries, _ = readDir(d)
			_ = d.Close()
		}
		for _, e := range entries {
			name := path.Join(string(kind), e.Name())
			if t.Ignores(e.Name()) {
				all = append(all, name)
			} else if !e.Type().IsRegular() {
				all = append(all, t.leftOutIn(root, name)...)
			}
		}
	}
	return all, nil
}

// leftOutIn returns the paths of the ignored files in a run directory.
func (t Tree) leftOutIn(root *os.Root, name string) (all []string) {
	_, _ = listEntry(root, name, func(file string) bool { // the error is reported when the run is read
		ignored := t.Ignores(file)
		if ignored {
			all = append(all, path.Join(name, file))
		}
		return ignored
	})
	return all
}
