package store

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"statsmirror/store/durable"
)

// leftOut are patterns, as path.Match has them, of names that other programs give their
// files: NFS, FUSE, macOS, editors, rsync, Syncthing and Nextcloud.
var leftOut = []string{
	".nfs[0-9a-f]*", ".fuse_hidden*", ".DS_Store", "._*",
	"?*~", ".?*.sw?", "#?*#", ".#*",
	".?*.[0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z]",
	".syncthing.*.tmp", "~syncthing~*.tmp", "*.sync-conflict-[0-9]*",
	".?*.~[0-9a-f]*", "* (conflicted copy [0-9]*)*",
}

// Ignores reports whether a file of that base name is left out: it is neither a run nor
// content of one. It is that of a temporary file, or of another program's, or matches a
// pattern of the tree.
func (t Tree) Ignores(name string) bool {
	matches := func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return matched && err == nil
	}
	return durable.IsTemp(name) || slices.ContainsFunc(leftOut, matches) || slices.ContainsFunc(t.Ignore, matches)
}

// LeftOut returns the paths of what Ignores leaves out of the tree, and of runs that are
// directories.
func (t Tree) LeftOut() ([]string, error) {
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("list what is left out: %w", err)
	}
	defer root.Close()
	var all []string
	for _, kind := range Kinds {
		var entries []fs.DirEntry
		if d, err := openKind(root, kind); err == nil { // Runs reports an error
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

// leftOutIn returns the paths of the files that are left out of a run that is a directory.
func (t Tree) leftOutIn(root *os.Root, name string) (all []string) {
	_, _ = listEntry(root, name, func(file string) bool { // reading the run reports an error
		ignored := t.Ignores(file)
		if ignored {
			all = append(all, path.Join(name, file))
		}
		return ignored
	})
	return all
}
