package backup

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Within returns what is in a directory of a place as a place of its own.
func Within(place Reader, dir string) Reader {
	if dir == "" {
		return place
	}
	return &within{place, dir + "/"}
}

// Listed returns a place as it was when it was listed: List asks for nothing more. The
// infos are in order of name.
func Listed(place Reader, infos []Info) Reader { return &listed{place, infos} }

// Failed returns a place that answers everything with an error.
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
		return nil, err // which names it as the place above does
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

// renamed is a file whose name is another in the place above.
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
