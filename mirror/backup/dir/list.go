package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// List lists the regular files below a directory. Temporary files are left
// out. A missing directory is not an error; a missing backup is.
func (b *Backup) List(ctx context.Context, prefix string, do func(backup.Info) error) error {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return err
	}
	dir := "."
	if prefix != "" {
		dir = strings.TrimSuffix(prefix, "/")
	}
	root, err := b.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := b.checkIsThere(root, dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("list %s: %w", dir, backup.BelowRun(prefix, err))
	}
	l := lister{ctx: ctx, root: root, do: do}
	if err := l.list(dir); err != nil {
		return fmt.Errorf("list %s: %w", dir, backup.BelowRun(prefix, err))
	}
	if prefix == "" {
		b.left.Set(l.left)
	}
	return nil
}

type lister struct {
	ctx  context.Context
	root *os.Root
	do   func(backup.Info) error
	err  error    // from do; it ends the listing
	left []string // old temporary files
}

func (l *lister) found(info backup.Info) error {
	l.err = l.do(info)
	return l.err
}

// list lists the files in dir and below it. Files that disappear meanwhile are skipped.
func (l *lister) list(dir string) error {
	d, err := durable.OpenDir(l.root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	return durable.InParts(d.ReadDir, func(entries []fs.DirEntry) error {
		for _, e := range entries {
			if err := l.add(path.Join(dir, e.Name()), e); err != nil {
				return err
			}
		}
		return l.ctx.Err()
	})
}

func (l *lister) add(name string, e fs.DirEntry) error {
	switch {
	case durable.IsTemp(e.Name()):
		if len(l.left) < backup.MostLeft && leftBehind(e) {
			l.left = append(l.left, name)
		}
		return nil
	case e.IsDir():
		err := l.list(name)
		if l.err == nil && errors.Is(err, fs.ErrPermission) {
			return l.found(backup.Info{Name: name + "/"})
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
	return l.found(infoOf(name, info))
}
