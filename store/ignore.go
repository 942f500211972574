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

// ignored reports whether a name is that of a temporary file, or of another program's, or
// matches one of the patterns more.
func ignored(name string, more []string) bool {
	matches := func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return matched && err == nil
	}
	return durable.IsTemp(name) || slices.ContainsFunc(leftOut, matches) || slices.ContainsFunc(more, matches)
}

// Ignores reports whether a file of that base name is left out: it is neither a run nor
// content of one.
func (t Tree) Ignores(name string) bool { return ignored(name, t.Ignore) }

// LeftOut returns the paths of the entries in the tree that Ignores leaves out.
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
			if t.Ignores(e.Name()) {
				all = append(all, path.Join(string(kind), e.Name()))
			}
		}
	}
	return all, nil
}
