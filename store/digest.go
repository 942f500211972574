package store

import (
	"context"
	"encoding/hex"
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

// hashReader hashes what is read from it, until ctx is done. An error stays.
type hashReader struct {
	ctx    context.Context
	r      io.Reader
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
	_, _ = h.digest.Write(p[:n]) // a hash is documented never to fail
	h.err = err
	return n, err
}
