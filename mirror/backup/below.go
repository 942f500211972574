package backup

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Within returns a directory of a place as its own place.
func Within(place Reader, dir string) Reader {
	if dir == "" {
		return place
	}
	return &within{place, dir + "/"}
}

// Listed returns a place with the listing infos, which must be in order of name: List asks the
// place nothing more.
func Listed(place Reader, infos []Info) Reader { return &listed{place, infos} }

// Failed returns a place whose every answer is an error.
func Failed(place Reader, err error) Reader { return &failed{place, err} }

type failed struct {
	Reader
	err error
}

func (f *failed) Open(context.Context, string) (File, error)           { return nil, f.err }
func (f *failed) List(context.Context, string, func(Info) error) error { return f.err }

type within struct {
	Reader
	prefix string
}

func (w *within) Open(ctx context.Context, name string) (File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	f, err := w.Reader.Open(ctx, w.prefix+name)
	if err != nil {
		return nil, err // it names the file as in the outer place
	}
	return &renamed{f, name}, nil
}

func (w *within) List(ctx context.Context, prefix string, do func(Info) error) error {
	if err := CheckPrefix(prefix); err != nil {
		return err
	}
	return w.Reader.List(ctx, w.prefix+prefix, func(info Info) error {
		info.Name = strings.TrimPrefix(info.Name, w.prefix)
		return do(info)
	})
}

// renamed is a file that has a different name in the outer place.
type renamed struct {
	File
	name string
}

func (r *renamed) Info() Info {
	info := r.File.Info()
	info.Name = r.name
	return info
}

type listed struct {
	Reader
	infos []Info
}

func (l *listed) List(_ context.Context, prefix string, do func(Info) error) error {
	if err := CheckPrefix(prefix); err != nil {
		return err
	}
	for i, c := range prefix {
		if dir := prefix[:i+1]; c == '/' && l.closed(dir) {
			return fmt.Errorf("list %s: %w: %w", dir, ErrEntry, fs.ErrPermission)
		}
	}
	from, _ := slices.BinarySearchFunc(l.infos, prefix, func(info Info, prefix string) int { return strings.Compare(info.Name, prefix) })
	for _, info := range l.infos[from:] {
		if !strings.HasPrefix(info.Name, prefix) {
			break
		}
		if err := do(info); err != nil {
			return err
		}
	}
	return nil
}

// closed reports whether a directory may not be read.
func (l *listed) closed(dir string) bool {
	_, closed := Find(l.infos, dir)
	return closed
}
