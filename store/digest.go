package store

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// digest hashes and counts what is written to it.
type digest struct {
	hash hash.Hash
	size int64
}

func (d *digest) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	return d.hash.Write(p)
}

func (d *digest) sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }

// hashReader hashes the bytes read from it, until ctx is done. An error is sticky until Seek.
type hashReader struct {
	ctx    context.Context
	r      io.ReadSeeker
	digest digest
	err    error
}

func (h *hashReader) Read(p []byte) (int, error) {
	if h.err == nil {
		h.err = h.ctx.Err()
	}
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.r.Read(p)
	_, _ = h.digest.Write(p[:n]) // a hash never fails, by its documentation
	h.err = err
	return n, err
}

// Seek returns to the start, for a decoder that has to read the file again.
func (h *hashReader) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	h.digest.hash.Reset()
	h.digest.size, h.err = 0, nil
	return h.r.Seek(0, io.SeekStart)
}
