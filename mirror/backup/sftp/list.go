package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

const atOnce = 16 // directories listed at a time

// List lists the regular files below a directory. Temporary files are left out. A missing directory
// is not an error; a missing backup is.
func (b *Backup) List(ctx context.Context, prefix string, do func(backup.Info) error) error {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return err
	}
	l := lister{backup: b, prefix: prefix, do: do}
	if err := l.list(ctx); err != nil {
		if l.stopped != nil {
			return l.stopped
		}
		return b.failed(ctx, strings.TrimSpace("list "+prefix), err)
	}
	if prefix == "" {
		b.left.Set(l.left)
	}
	return nil
}

type lister struct {
	backup  *Backup
	prefix  string
	do      func(backup.Info) error
	stopped error // from do; it ends the listing
	left    []string
}

func (l *lister) list(ctx context.Context) error {
	s, err := l.backup.connect(ctx)
	if err != nil {
		return err
	}
	first := path.Clean(l.prefix)
	info, err := l.backup.walk(ctx, s, first)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !errors.Is(err, backup.ErrAbsent):
		return nil
	case err == nil && !info.IsDir():
		err = backup.BelowRun(l.prefix, fmt.Errorf("%s on the server is not a directory; move it away", l.backup.at(first)))
	}
	if err != nil {
		return err
	}
	s.names.room.Store(mostNames)
	for dirs := []string{first}; len(dirs) > 0; {
		some := dirs[max(0, len(dirs)-atOnce):]
		found, err := l.read(ctx, s, some)
		if err != nil {
			return err
		}
		dirs = dirs[:len(dirs)-len(some)]
		for i, dir := range some {
			below, err := l.add(dir, found[i])
			if err != nil {
				return err
			}
			dirs = append(dirs, below...)
		}
	}
	return nil
}

// content is what a directory has.
type content struct {
	entries []fs.FileInfo
	closed  bool // it may not be read
}

// read lists directories at once.
func (l *lister) read(ctx context.Context, s *session, dirs []string) ([]content, error) {
	found := make([]content, len(dirs))
	group, ctx := errgroup.WithContext(ctx)
	for i, dir := range dirs {
		group.Go(func() error {
			entries, err := s.readDir(ctx, l.backup.at(dir))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case errors.Is(err, fs.ErrPermission) && dir+"/" != l.prefix && dir != ".":
				found[i].closed = true
				return nil
			case err != nil:
				return backup.BelowRun(dir+"/", err)
			}
			found[i].entries = entries
			return nil
		})
	}
	return found, group.Wait()
}

// readDir lists one directory. The server has the time of an answer for each part of the listing.
func (s *session) readDir(ctx context.Context, at string) ([]fs.FileInfo, error) {
	type answer struct {
		entries []fs.FileInfo
		err     error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		entries, err := s.ReadDirContext(ctx, at)
		answers <- answer{entries, err}
	}()
	for before := int64(-1); ; {
		s.idle.Reset(s.timing.idle)
		select {
		case a := <-answers:
			if cause := s.lost(a.err); a.err != nil && cause != nil {
				return nil, cause
			}
			return a.entries, a.err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(s.timing.answer):
			room := s.names.room.Load()
			if room == before {
				s.end(fmt.Errorf("the server has not answered within %v", s.timing.answer))
			}
			before = room
		}
	}
}

// add calls do for the files in a directory, and returns the directories in it.
func (l *lister) add(dir string, c content) (below []string, err error) {
	if c.closed {
		return nil, l.found(backup.Info{Name: dir + "/"})
	}
	for _, e := range c.entries {
		name := path.Join(dir, e.Name())
		switch {
		case durable.IsTemp(e.Name()):
			if len(l.left) < backup.MostLeft && e.Mode().IsRegular() && name != lockName && isTemp(name) {
				l.left = append(l.left, name)
			}
		case backup.CheckName(name) != nil || len(name) > mostPath:
		case e.IsDir():
			below = append(below, name)
		case e.Mode().IsRegular():
			if err := l.found(infoOf(name, e)); err != nil {
				return nil, err
			}
		}
	}
	return below, nil
}

func (l *lister) found(info backup.Info) error {
	l.stopped = l.do(info)
	return l.stopped
}
