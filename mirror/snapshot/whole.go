package snapshot

import (
	"fmt"
	"io"
)

// ReadWhole reads a file that has size bytes. If size is more than most, the
// file is damaged.
func ReadWhole(r io.ReaderAt, size, most int64) ([]byte, error) {
	if err := CheckSize(size, most); err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, size))
}

// CheckSize returns an error, a *DamagedError, if a file has more than most bytes.
func CheckSize(size, most int64) error {
	if size > most {
		return &DamagedError{Err: fmt.Errorf("it has %d bytes, over the limit of %d; remove it", size, most)}
	}
	return nil
}
