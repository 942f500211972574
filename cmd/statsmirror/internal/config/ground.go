package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ground is the real place of a path: an existing directory, and the missing names below it.
type ground struct {
	dir   string // without links
	below string
}

// nearestGround finds the nearest existing directory on the way to a path.
func nearestGround(path string) ground {
	const mostLinks = 40 // as in the kernel
	below := ""
	for links := 0; ; {
		dir, err := filepath.EvalSymlinks(path)
		if err == nil {
			return ground{dir, below}
		}
		if target, err := os.Readlink(path); err == nil && links < mostLinks { // to a name that does not exist yet
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			path = target
			links++
			continue
		}
		parent := filepath.Dir(path)
		if parent == path {
			return ground{path, below}
		}
		path, below = parent, filepath.Join(filepath.Base(path), below)
	}
}

// within reports whether g is other or below it. It compares directories on the way to g with
// other's by device and inode, and then other's missing names.
func (g ground) within(other ground) bool {
	base, err := os.Stat(other.dir)
	if err != nil {
		return false
	}
	for dir, below := g.dir, g.below; ; {
		if here, err := os.Stat(dir); err == nil && sameDir(here, base) && within("/"+below, "/"+other.below) {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir, below = parent, filepath.Join(filepath.Base(dir), below)
	}
}

func sameDir(a, b fs.FileInfo) bool { return a.IsDir() && os.SameFile(a, b) }

// within reports whether path is base or below it.
func within(path, base string) bool {
	relative, err := filepath.Rel(base, path)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, "../")
}
