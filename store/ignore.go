package store

import (
	"fmt"
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
	top, err := openTop(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("list ignored files: %w", err)
	}
	defer top.close()
	var all []string
	for _, kind := range Kinds {
		if in, err := top.openKind(kind); err == nil { // the error is reported by Runs
			all = append(all, t.leftOutIn(in)...)
			in.close()
		}
	}
	return all, nil
}

// leftOutIn returns the paths of the ignored files in the directory of a kind, and in its run
// directories.
func (t Tree) leftOutIn(in *node) (all []string) {
	entries, _ := in.list() // the error is reported by Runs
	for _, e := range entries {
		if t.Ignores(e.Name()) {
			all = append(all, path.Join(in.name, e.Name()))
		} else if !e.Type().IsRegular() {
			all = append(all, t.leftOutOf(in, e.Name())...)
		}
	}
	return all
}

// leftOutOf returns the paths of the ignored files in a run directory.
func (t Tree) leftOutOf(in *node, run string) (all []string) {
	entry, err := in.open(run)
	if err != nil {
		return nil // the error is reported when the run is read
	}
	defer entry.close()
	_, _ = entry.sources(func(file string) bool {
		ignored := t.Ignores(file)
		if ignored {
			all = append(all, path.Join(entry.name, file))
		}
		return ignored
	})
	return all
}
