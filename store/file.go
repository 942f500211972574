package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// File is what the source of one kind of a run's statistics holds: one file, or
// all files of a run directory together.
type File[R any] struct {
	Rows     R        // as in the source, not yet normalised
	Sources  []Source // in order of path
	Trailing bool     // bytes after the end of a pickle were ignored, as DaCapo does
	Problems []string // notes on the content, for people to read
}

// errChanged says that a file changed while it was read.
var errChanged = errors.New("changed while it was read")

// readFiles reads the files of a run as they are now, and completes sources.
// The error is errChanged if any has another stamp than before, and an
// *InvalidError if any is invalid; with the latter come the rows that can be
// saved.
func readFiles[R Rows[R]](ctx context.Context, root *os.Root, f format[R], run string, sources []Source) (File[R], error) {
	file := File[R]{Sources: sources}
	var names runNames
	for i := range sources {
		p, err := readFile(ctx, root, f, &sources[i])
		if err != nil {
			return file, err
		}
		if i == 0 {
			file.Rows = p.rows
		} else {
			file.Rows = file.Rows.with(p.rows, 0, p.rows.Len())
		}
		file.Trailing = file.Trailing || p.trailing
		names.add(p.runName, p.severalNames)
		if p.err != nil {
			return file, invalid(f.kind, run, file.Rows.Len(), sources, i, p.err)
		}
	}
	file.Problems = append(file.Rows.Problems(), names.problems(run)...)
	if file.Trailing {
		file.Problems = append(file.Problems, "bytes after the end of the pickle are ignored")
	}
	return file, nil
}

// readFile decodes and hashes one file to its end.
func readFile[R Rows[R]](ctx context.Context, root *os.Root, f format[R], source *Source) (parsed[R], error) {
	in, changed, err := openFile(root, *source)
	if changed {
		err = errChanged
	}
	if err != nil {
		return parsed[R]{}, err
	}
	defer in.Close() //nolint:errcheck // nothing was written
	r := &hashReader{ctx: ctx, r: io.LimitReader(in, source.Size), hash: sha256.New()}
	p := f.parse(r, source.Size)
	if _, err := io.Copy(io.Discard, r); err != nil {
		return p, fmt.Errorf("read %s: %w", source.Path, err)
	}
	if same, err := hasStamp(in, source.Stamp); err != nil {
		return p, err
	} else if !same {
		return p, errChanged
	}
	source.SHA256 = hex.EncodeToString(r.hash.Sum(nil))
	source.RunName = p.runName
	return p, nil
}

// hashReader hashes what is read from it, until ctx is done. An error stays.
type hashReader struct {
	ctx  context.Context
	r    io.Reader
	hash hash.Hash
	err  error
}

func (h *hashReader) Read(p []byte) (int, error) {
	if h.err == nil {
		h.err = h.ctx.Err()
	}
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.r.Read(p)
	_, _ = h.hash.Write(p[:n]) // is documented never to fail
	h.err = err
	return n, err
}
