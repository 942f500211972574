package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"statsmirror/store"
)

// input remembers the error of a read, so that an error of the disk or the network does not count
// as damage.
type input struct {
	*io.SectionReader
	r    io.ReaderAt
	err  error
	held []byte // from at on
	at   int64
}

// maxInMemory bounds the bytes of a group that are read once and kept. Larger groups are read
// twice: to be hashed and to be decoded.
const maxInMemory = 16 << 20

// hold keeps bytes from to to-1 in memory if they are not too many. It drops all others.
func (in *input) hold(from, to int64) error {
	in.held, in.at = nil, 0
	if to-from > maxInMemory {
		return nil
	}
	held := make([]byte, to-from)
	if _, err := in.ReadAt(held, from); err != nil {
		return err
	}
	in.held, in.at = held, from
	return nil
}

func (in *input) ReadAt(p []byte, at int64) (int, error) {
	if skip := at - in.at; skip >= 0 && skip+int64(len(p)) <= int64(len(in.held)) {
		return copy(p, in.held[skip:]), nil
	}
	n, err := in.SectionReader.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		in.err = err
	}
	return n, err
}

const magic = "PAR1" // at both ends of the file

// maxFooter bounds the bytes of a footer, which is read at once and takes many times its size once
// parsed. A group takes about 1 KiB of it, or at most 1 MiB if every second row is null.
const maxFooter = 16 << 20

// footer returns the place of the footer: before its length and the magic number.
func (in *input) footer() (at, size int64, err error) {
	var tail [8]byte
	end := in.Size() - int64(len(tail))
	if end < 0 {
		return 0, 0, damagedf("it has only %s", store.Count(in.Size(), "byte", "bytes"))
	}
	if _, err := in.ReadAt(tail[:], end); err != nil {
		return 0, 0, err
	}
	if string(tail[4:]) != magic {
		return 0, 0, damagedf("it does not end like a Parquet file")
	}
	size = int64(binary.LittleEndian.Uint32(tail[:]))
	if size > min(end, maxFooter) {
		return 0, 0, damagedf("the footer claims %s", store.Count(size, "byte", "bytes"))
	}
	return end - size, size, nil
}

// rawFooter reads the footer.
func (in *input) rawFooter() (*rawFooter, error) {
	at, size, err := in.footer()
	if err != nil {
		return nil, err
	}
	content := make([]byte, size)
	if _, err := in.ReadAt(content, at); err != nil {
		return nil, err
	}
	raw := &rawFooter{}
	if err := raw.parse(content); err != nil {
		return nil, damagedf("the footer: %w", err)
	}
	if int64(raw.groups) > at/leastPages {
		return nil, damagedf("the footer claims more row groups (%d) than its bytes (%d) can hold", raw.groups, at)
	}
	return raw, nil
}

// judge returns the error to report. The decoder of Parquet files panics on some damaged files.
// Only judge recovers.
func (in *input) judge(panicked any, err error) error {
	switch {
	case in.err != nil:
		return fmt.Errorf("read snapshot: %w", in.err)
	case panicked != nil:
		return damagedf("decode: %v", panicked)
	case err == nil:
		return nil
	}
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		return damaged
	}
	return &DamagedError{err}
}
