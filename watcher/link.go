package watcher

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// links are the symbolic links of a tree that are followed. Events carry the paths of their
// targets.
type links struct {
	from map[string][]string // target path -> runs linked to it
	tree map[string]string   // real path -> path in the tree, for directories
}

func newLinks(root string) links {
	l := links{map[string][]string{}, map[string]string{}}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		l.tree[real] = root
	}
	return l
}

// runs returns the runs whose target is path or the directory that holds path.
func (l links) runs(path string, ignore func(string) bool) []string {
	runs := l.from[path]
	if !ignore(filepath.Base(path)) {
		runs = slices.Concat(runs, l.from[filepath.Dir(path)])
	}
	return runs
}

// inTree returns the path that events use for path. A target inside the tree is watched by its path
// in the tree.
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

// followDir returns nil if the link called name in the root may be followed. A link to nothing is
// an error, because its target may be a disk that is not mounted.
func (l *loop) followDir(name string) error {
	real, err := l.Follow(name)
	if errors.Is(err, os.ErrNotExist) {
		return &os.PathError{Op: "follow", Path: filepath.Join(l.root, name), Err: errors.New("the link may not be followed, or its target does not exist; is its disk mounted?")}
	}
	if err == nil {
		l.links.tree[real] = filepath.Join(l.root, name)
	}
	return err
}

// watchLink watches the target of the link at path, which is a run. A link that may not be followed
// is not trouble here: the reader of the run reports it.
func (l *loop) watchLink(path string) error {
	real, err := l.Follow(strings.TrimPrefix(path, l.prefix))
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil //nolint:nilerr // the target is gone
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
