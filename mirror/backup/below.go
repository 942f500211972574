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

// Listed returns a place as it was when it was listed: List asks for nothing more.
func Listed(place Reader, infos []Info) Reader { return &listed{place, infos} }

// Failed returns a place that answers everything with an error.
func Failed(place Reader, err error) Reader { return &failed{place, err} }

type failed struct {
	Reader
	err error
}

func (f *failed) Open(context.Context, string) (File, error)   { return nil, f.err }
func (f *failed) List(context.Context, string) ([]Info, error) { return nil, f.err }

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

func (w *within) List(ctx context.Context, prefix string) ([]Info, error) {
	if err := CheckPrefix(prefix); err != nil {
		return nil, err
	}
	infos, err := w.Reader.List(ctx, w.prefix+prefix)
	for i := range infos {
		infos[i].Name = strings.TrimPrefix(infos[i].Name, w.prefix)
	}
	return infos, err
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

func (l *listed) List(_ context.Context, prefix string) ([]Info, error) {
	if err := CheckPrefix(prefix); err != nil {
		return nil, err
	}
	for _, info := range l.infos {
		if strings.HasSuffix(info.Name, "/") && strings.HasPrefix(prefix, info.Name) {
			return nil, fmt.Errorf("list %s: %w: %w", info.Name, ErrEntry, fs.ErrPermission)
		}
	}
	return slices.DeleteFunc(slices.Clone(l.infos), func(info Info) bool { return !strings.HasPrefix(info.Name, prefix) }), nil
}
