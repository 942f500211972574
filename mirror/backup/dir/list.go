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

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// List lists the regular files below a directory. Temporary files are left
// out. That the directory is missing is no error, that the backup is is one.
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
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.SortFunc(l.infos, func(a, b backup.Info) int { return strings.Compare(a.Name, b.Name) })
	return l.infos, nil
}

type lister struct {
	ctx   context.Context
	root  *os.Root
	infos []backup.Info
}

// list adds the files in dir and below it, which it lists in parts: there may be very
// many. What goes meanwhile is left out.
func (l *lister) list(dir string) error {
	const part = 1 << 10
	d, err := l.root.Open(dir)
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
		return nil
	case e.IsDir():
		return l.list(name)
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
