package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"statsmirror/mirror/snapshot/internal/parquet"
	"statsmirror/store"
)

// input remembers the error of a read, so that an error of the disk or the network does not count
// as damage.
type input struct {
	*io.SectionReader
	err    error
	held   []byte // from at on; in buffer
	at     int64
	buffer []byte
}

// maxInMemory bounds the bytes of a group that are read once and kept. Larger groups are read
// twice: to be hashed and to be decoded.
const maxInMemory = 16 << 20

// ahead is how many bytes of a larger group are read at a time: a page and its header, and usually
// the next page.
const ahead = 1 << 20

// passed is the size of a chunk that is passed on.
const passed = 256 << 10

// hold keeps bytes from to to-1 in memory if they are not too many. It drops all others.
func (in *input) hold(from, to int64) error {
	in.held = nil
	if to-from > maxInMemory {
		return nil
	}
	held, err := in.read(from, to-from)
	in.held, in.at = held, from
	return err
}

// Bytes returns n bytes from at on, which are valid until the next call.
func (in *input) Bytes(at, n int64) ([]byte, error) {
	if skip := at - in.at; skip >= 0 && skip+n <= int64(len(in.held)) {
		return in.held[skip : skip+n], nil
	}
	in.held = nil // its memory is used
	held, err := in.read(at, max(n, min(ahead, in.Size()-at)))
	if err != nil {
		return nil, err
	}
	in.held, in.at = held, at
	return held[:n], nil
}

func (in *input) read(at, n int64) ([]byte, error) {
	if int64(cap(in.buffer)) < n {
		in.buffer = make([]byte, n)
	}
	b := in.buffer[:n]
	if _, err := in.ReadAt(b, at); err != nil {
		if !errors.Is(err, io.EOF) {
			in.err = err
		}
		return nil, err
	}
	return b, nil
}

// pass writes bytes from to to-1 to w, a chunk at a time.
func (in *input) pass(from, to int64, w io.Writer) error {
	for from < to {
		b, err := in.Bytes(from, min(to-from, passed))
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		from += int64(len(b))
	}
	return nil
}

// maxFooter bounds the bytes of a footer, which is read at once and takes many times its size once
// parsed. A group takes about 1 KiB of it, or at most 1 MiB if every second row is null.
const maxFooter = 16 << 20

// footer returns the place of the footer: before its length and the magic number.
func (in *input) footer() (at, size int64, err error) {
	const tail = 8 // bytes after the footer
	end := in.Size() - tail
	if end < 0 {
		return 0, 0, damagedf("it has only %s", store.Count(in.Size(), "byte", "bytes"))
	}
	b, err := in.Bytes(end, tail)
	if err != nil {
		return 0, 0, err
	}
	if string(b[4:]) != parquet.Magic {
		return 0, 0, damagedf("it does not end like a Parquet file")
	}
	size = int64(binary.LittleEndian.Uint32(b))
	if size > min(end, maxFooter) {
		return 0, 0, damagedf("the footer claims %s", store.Count(size, "byte", "bytes"))
	}
	return end - size, size, nil
}

// leastPages is how many bytes the pages of a row group have at least.
const leastPages = 100

// rawFooter reads the footer.
func (in *input) rawFooter() (*parquet.Footer, error) {
	at, size, err := in.footer()
	if err != nil {
		return nil, err
	}
	content, err := in.Bytes(at, size)
	if err != nil {
		return nil, err
	}
	in.held, in.buffer = nil, nil // they belong to the footer
	raw, err := parquet.Split(content)
	if err != nil {
		return nil, damagedf("the footer: %w", err)
	}
	if int64(len(raw.Groups)) > at/leastPages {
		return nil, damagedf("the footer claims more row groups (%d) than its bytes (%d) can hold", len(raw.Groups), at)
	}
	return raw, nil
}

// judge returns the error to report.
func (in *input) judge(err error) error {
	switch {
	case in.err != nil:
		return fmt.Errorf("read snapshot: %w", in.err)
	case err == nil:
		return nil
	}
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		return damaged
	}
	return &DamagedError{err}
}
