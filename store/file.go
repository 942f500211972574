package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"statsmirror/store/pickle"
)

// File is the source of one kind of a run's statistics: one file, or all files of a run directory
// together.
type File[R Rows[R]] struct {
	Rows     R        // as in the source, not yet normalised
	Sources  []Source // in order of path
	Trailing bool     // bytes after the end of a pickle were ignored, as DaCapo ignores them
	Problems []string // notes on the content, for people to read

	release func()
}

// Release returns the rows' memory for reuse. The rows must not be used afterwards. Without
// Release, the garbage collector frees them.
func (f File[R]) Release() {
	if f.release != nil {
		f.release()
	}
}

// errChanged means that a file changed while it was read.
var errChanged = errors.New("changed while it was read")

// readFiles reads the files of a run's entry as they are now, and completes sources. The error is
// errChanged if the stamp of a file is not the one in sources. It is an *InvalidError if a file is
// invalid; then the rows that can be saved come with it.
func readFiles[R Rows[R]](ctx context.Context, entry *node, f format[R], run string, sources []Source) (File[R], error) {
	file := File[R]{Sources: sources}
	var names runNames
	var damage error
	for i := 0; i < len(sources) && damage == nil; i++ {
		p, err := readFile(ctx, entry, f, &sources[i])
		if err != nil {
			return file, err
		}
		file.add(p, i == 0)
		names.add(p.names)
		if p.opaque != "" {
			file.Problems = append(file.Problems, fmt.Sprintf("values of %q are skipped", p.opaque))
		}
		if p.err != nil {
			damage = invalid(f.kind, run, sources, i, file.Rows.Len(), p.err)
		}
	}
	file.Problems = slices.Concat(file.Problems, file.Rows.Problems(), names.problems(run))
	if file.Trailing {
		file.Problems = append(file.Problems, "bytes after the end of the pickle are ignored")
	}
	return file, damage
}

func (f *File[R]) add(p parsed[R], first bool) {
	if first {
		f.Rows, f.release = p.rows, p.release
	} else {
		f.Rows = f.Rows.with(p.rows, 0, p.rows.Len())
		p.release()
	}
	f.Trailing = f.Trailing || p.trailing
}

// maxUnread is how many bytes after its pickle, or after a fault in it, are still read to hash the
// file. A sparse file may claim any size. A file with more is invalid and has no hash.
const maxUnread = 1 << 30

// largeFile is the size in bytes from which hashing in a goroutine pays off.
const largeFile = 1 << 20

// readFile decodes and hashes one file of a run's entry to its end.
func readFile[R Rows[R]](ctx context.Context, entry *node, f format[R], source *Source) (parsed[R], error) {
	in, err := entry.openFile(*source)
	if err != nil {
		return parsed[R]{}, err
	}
	defer in.close()
	r := &hashReader{ctx: ctx, r: io.NewSectionReader(in, 0, source.Size), digest: digest{hash: sha256.New()}}
	if source.Size >= largeFile {
		h := newAsyncHash(r.digest.hash)
		defer h.close()
		r.digest.hash = h
	}
	p := f.parse(r, source.Size)
	unread := source.Size - r.digest.size
	if unread > maxUnread && p.err == nil {
		p.err = fmt.Errorf("%s follow the end of the pickle", Count(unread, "byte", "bytes"))
	}
	if unread <= maxUnread {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return p, fmt.Errorf("read %s: %w", source.Path, err)
		}
	}
	if p.err != nil && p.rows.Len() == 0 {
		err := checkForeign(in)
		switch foreign, ok := errors.AsType[*foreignError](err); {
		case ok:
			p.err = foreign
		case errors.Is(err, errZeros):
			p.err = &pickle.SyntaxError{Err: err}
		case err != nil:
			return p, fmt.Errorf("read %s: %w", source.Path, err)
		}
	}
	if err := in.stillHas(source.Stamp); err != nil {
		return p, err
	}
	if unread <= maxUnread {
		source.SHA256 = r.digest.sum()
	}
	source.RunName = p.names.first
	return p, nil
}
