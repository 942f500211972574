package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"statsmirror/store/durable"
)

// Entry is an entry of a directory.
type Entry struct {
	Name    string
	Regular bool // a regular file
	Dir     bool // a directory
	Link    bool // a symbolic link; in a Tree, a link that may not be followed
	Stamp   Stamp
}

// Each calls do for all entries of a directory, of which there may be very many. It passes a batch
// at a time, in no order, from several goroutines. Entries that disappear meanwhile are skipped.
func Each(ctx context.Context, root *os.Root, dir string, do func([]Entry)) error {
	d, err := durable.OpenDir(root, dir)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	defer d.Close()
	return each(ctx, d, dir, do)
}

func each(ctx context.Context, d *os.File, dir string, do func([]Entry)) error {
	fd := int(d.Fd())
	var stats errgroup.Group
	stats.SetLimit(runtime.GOMAXPROCS(0))
	err := durable.InParts(d.Readdirnames, func(names []string) error {
		stats.Go(func() error {
			entries, err := statEach(fd, names)
			do(entries)
			return err
		})
		return ctx.Err()
	})
	if err := errors.Join(err, stats.Wait()); err != nil {
		return fmt.Errorf("list %s: %w", dir, err)
	}
	return nil
}

// statEach returns the entries of the directory that still exist.
func statEach(dir int, names []string) ([]Entry, error) {
	entries := make([]Entry, 0, len(names))
	for _, name := range names {
		var s unix.Stat_t
		err := uninterrupted(func() error { return unix.Fstatat(dir, name, &s, unix.AT_SYMLINK_NOFOLLOW) })
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return entries, &fs.PathError{Op: "stat", Path: name, Err: err}
		}
		kind := s.Mode & unix.S_IFMT
		entries = append(entries, Entry{name, kind == unix.S_IFREG, kind == unix.S_IFDIR, kind == unix.S_IFLNK, stampOf(&s)})
	}
	return entries, nil
}

// Each calls do for all entries of runs in the tree, of either kind, in the manner of the function
// Each. A missing directory of a kind is not an error. If Dir is missing, the error matches
// fs.ErrNotExist.
func (t Tree) Each(ctx context.Context, do func(Kind, []Entry)) error {
	top, err := t.open()
	if err != nil {
		return err
	}
	defer top.close()
	for _, kind := range Kinds {
		err := t.eachOfKind(ctx, top, kind, do)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &TreeError{err}
		}
	}
	return nil
}

func (t Tree) eachOfKind(ctx context.Context, top *node, kind Kind, do func(Kind, []Entry)) error {
	in, err := top.openKind(kind)
	if err != nil {
		return err
	}
	defer in.close()
	d, err := in.dir()
	if err != nil {
		return err
	}
	defer d.Close()
	return each(ctx, d, string(kind), func(all []Entry) {
		for i, e := range all {
			if e.Link {
				all[i] = lead(in, e)
			}
		}
		do(kind, slices.DeleteFunc(all, func(e Entry) bool { return !e.Regular && !e.Dir && !e.Link || t.Ignores(e.Name) }))
	})
}
