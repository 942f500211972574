package backup

import (
	"context"
	"slices"
	"strings"
)

// Below returns what is in a directory of a place as a place of its own. listed is
// what the whole place held when it was listed: List asks for nothing more.
func Below(place Reader, dir string, listed []Info) Reader {
	b := &below{Reader: place}
	if dir != "" {
		b.prefix = dir + "/"
	}
	for _, info := range listed {
		if name, ok := strings.CutPrefix(info.Name, b.prefix); ok {
			info.Name = name
			b.listed = append(b.listed, info)
		}
	}
	return b
}

type below struct {
	Reader
	prefix string
	listed []Info
}

func (b *below) Open(ctx context.Context, name string) (File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	f, err := b.Reader.Open(ctx, b.prefix+name)
	if err != nil {
		return nil, err // which names it as the place above does
	}
	return &renamed{f, name}, nil
}

func (b *below) List(_ context.Context, prefix string) ([]Info, error) {
	if err := CheckPrefix(prefix); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(b.listed), func(info Info) bool { return !strings.HasPrefix(info.Name, prefix) }), nil
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
