package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// List lists the regular files below a directory. Temporary files are left
// out. A missing directory is not an error; a missing backup is.
func (b *Backup) List(ctx context.Context, prefix string) ([]backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return nil, err
	}
	dir := "."
	if prefix != "" {
		dir = strings.TrimSuffix(prefix, "/")
	}
	root, err := b.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	l := lister{ctx: ctx, root: root}
	if err := l.list(dir); err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, belowRun(prefix, err))
	}
	if prefix == "" {
		b.mu.Lock()
		b.left = l.left
		b.mu.Unlock()
	}
	slices.SortFunc(l.infos, func(a, b backup.Info) int { return strings.Compare(a.Name, b.Name) })
	return l.infos, nil
}

type lister struct {
	ctx   context.Context
	root  *os.Root
	infos []backup.Info
	left  []string // temporary files that are old
}

// list adds the files in dir and below it, which it lists in parts: there may be very
// many. What goes meanwhile is left out.
func (l *lister) list(dir string) error {
	const part = 1 << 10
	d, err := l.root.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0) // a pipe must not block
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		entries, err := d.ReadDir(part)
		for _, e := range entries {
			if err := l.add(path.Join(dir, e.Name()), e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (l *lister) add(name string, e fs.DirEntry) error {
	switch {
	case durable.IsTemp(e.Name()):
		if leftBehind(e) {
			l.left = append(l.left, name)
		}
		return nil
	case e.IsDir():
		err := l.list(name)
		if errors.Is(err, fs.ErrPermission) {
			l.infos = append(l.infos, backup.Info{Name: name + "/"})
			return nil
		}
		return err
	case !e.Type().IsRegular():
		return nil
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	l.infos = append(l.infos, infoOf(name, info))
	return nil
}
