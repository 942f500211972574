package backup

import (
	"fmt"
	"io"
)

// Pieces reads a stored file in large pieces, because each request takes a while. It holds the end
// of the file, which usually has everything about a snapshot but its rows, and one other piece.
type Pieces struct {
	Size  int64
	Piece int64  // how many bytes are read at a time and held
	End   []byte // the last bytes of the file

	// Read reads size bytes of the file at an offset.
	Read func(at, size int64) ([]byte, error)

	held []byte // other bytes, from at on
	at   int64
}

// ReadAt implements [io.ReaderAt], for one goroutine at a time.
func (p *Pieces) ReadAt(b []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, fmt.Errorf("negative offset %d", at)
	}
	for n < len(b) {
		some, err := p.from(at + int64(n))
		if err != nil {
			return n, err
		}
		n += copy(b[n:], some)
	}
	return n, nil
}

// Close frees the bytes read.
func (p *Pieces) Close() error {
	p.End, p.held = nil, nil
	return nil
}

// from returns bytes of the file from at on.
func (p *Pieces) from(at int64) ([]byte, error) {
	if at >= p.Size {
		return nil, io.EOF
	}
	if end := p.Size - int64(len(p.End)); at >= end {
		return p.End[at-end:], nil
	}
	if at < p.at || at >= p.at+int64(len(p.held)) {
		if err := p.hold(at - at%p.Piece); err != nil {
			return nil, err
		}
	}
	return p.held[at-p.at:], nil
}

// hold reads the piece that begins at at.
func (p *Pieces) hold(at int64) error {
	size := min(p.Piece, p.Size-at)
	p.held = nil
	held, err := p.Read(at, size)
	if err == nil && int64(len(held)) != size {
		err = fmt.Errorf("got %d bytes, asked for %d", len(held), size)
	}
	if err != nil {
		return err
	}
	p.held, p.at = held, at
	return nil
}
