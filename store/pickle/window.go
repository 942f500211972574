package pickle

import (
	"errors"
	"io"

	"statsmirror/store/pickle/internal/heap"
)

// windowSize is how many bytes of the input are in memory at a time. The input is read, never
// mapped: trainers truncate files, and reading a mapped file beyond its new end kills the process.
const windowSize = 256 << 10

// window is a stretch of the input: bytes pos to end-1 of buf are still to be
// consumed.
type window struct {
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset in the input of buf[0]
	eof      bool
	anchor   int // start of the bytes that fill keeps; -1 for pos
}

func (w *window) reset(r io.Reader) {
	if w.buf == nil {
		w.buf = make([]byte, windowSize)
	}
	*w = window{r: r, buf: w.buf, anchor: -1}
}

// offset returns the offset of the next byte in the input.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// fill reads until n bytes can be consumed. n is at most windowSize.
func (w *window) fill(n int) error {
	for w.end-w.pos < n {
		if w.eof {
			return errTruncated
		}
		w.makeRoom()
		m, err := w.r.Read(w.buf[w.end:])
		w.end += m
		switch {
		case errors.Is(err, io.EOF):
			w.eof = true
		case err != nil:
			return &readError{err}
		}
	}
	return nil
}

// makeRoom moves the bytes that are still needed to the front of the buffer.
func (w *window) makeRoom() {
	from := w.pos
	if w.anchor >= 0 && w.pos-w.anchor < windowSize/2 {
		from = w.anchor
		w.anchor = 0
	} else {
		w.anchor = -1
	}
	copy(w.buf, w.buf[from:w.end])
	w.base += int64(from)
	w.pos -= from
	w.end -= from
}

// take consumes n bytes. They are valid until the next take.
func (w *window) take(n int) ([]byte, error) {
	if w.end-w.pos < n {
		if err := w.fill(n); err != nil {
			return nil, err
		}
	}
	b := w.buf[w.pos : w.pos+n : w.pos+n]
	w.pos += n
	return b, nil
}

// line consumes bytes through a newline, and returns them without it.
func (w *window) line() ([]byte, error) {
	for n := 0; ; n++ {
		if w.end-w.pos <= n {
			if err := w.fill(n + 1); err != nil {
				return nil, err
			}
		}
		if w.buf[w.pos+n] == '\n' {
			b, err := w.take(n + 1)
			return b[:n], err
		}
		if n == maxLine {
			return nil, heap.LimitError("bytes in a line", maxLine)
		}
	}
}
