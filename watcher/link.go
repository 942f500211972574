package watcher

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// links are the symbolic links of a tree that are followed. inotify tells of what they lead to.
type links struct {
	from map[string][]string // the runs that lead to a path
	tree map[string]string   // paths in the tree of directories, by where they are
}

func newLinks(root string) links {
	l := links{map[string][]string{}, map[string]string{}}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		l.tree[real] = root
	}
	return l
}

// runs returns the runs that are at path, or whose directory path is in.
func (l links) runs(path string, ignore func(string) bool) []string {
	runs := l.from[path]
	if !ignore(filepath.Base(path)) {
		runs = slices.Concat(runs, l.from[filepath.Dir(path)])
	}
	return runs
}

// inTree returns the path that events have of something, which is watched by its path in the tree
// if it is in the tree.
func (l links) inTree(path string) string {
	best := ""
	for real := range l.tree {
		if strings.HasPrefix(path+"/", real+"/") && len(real) > len(best) {
			best = real
		}
	}
	if best == "" {
		return path
	}
	return l.tree[best] + path[len(best):]
}

// followDir returns nil if the link in place of a directory of the root may be followed. That it
// leads to nothing is an error of its own: what it leads to may be a disk that is not mounted.
func (l *loop) followDir(name string) error {
	real, err := l.Follow(name)
	if errors.Is(err, os.ErrNotExist) {
		return &os.PathError{Op: "follow", Path: filepath.Join(l.root, name), Err: errors.New("the link is not followed, or nothing is there; is its disk mounted?")}
	}
	if err == nil {
		l.links.tree[real] = filepath.Join(l.root, name)
	}
	return err
}

// watchLink watches what the run at path, which is a link, leads to. A link that is not followed
// is not trouble: whoever reads it says so.
func (l *loop) watchLink(path string) error {
	real, err := l.Follow(strings.TrimPrefix(path, l.prefix))
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil //nolint:nilerr // it is gone
	}
	real = l.links.inTree(real)
	if run := filepath.Base(path); !slices.Contains(l.links.from[real], run) {
		l.links.from[real] = append(l.links.from[real], run)
	}
	if !info.IsDir() {
		real = filepath.Dir(real)
	}
	return l.watch(real)
}
