package mirror

import (
	"context"
	"fmt"
	"io"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// How many bytes the files may have that are read whole, beside [snapshot.MostTombstones].
// No service writes longer ones, and a longer one is refused before it is read.
const (
	mostClaim = 1 << 16
	mostIndex = 1 << 29 // over a million runs
)

// readWhole reads a small file of a place. The Info is known if it could be opened. A
// file that has more than most bytes is damaged.
func readWhole(ctx context.Context, place backup.Reader, name string, most int64) ([]byte, backup.Info, error) {
	f, err := place.Open(ctx, name)
	if err != nil {
		return nil, backup.Info{}, err
	}
	defer f.Close()
	info := f.Info()
	content, err := wholeOf(f, info.Size, most)
	return content, info, err
}

// readWhole is the same for a file of the catalog.
func (c *Catalog) readWhole(name string, most int64) ([]byte, error) {
	f, info, err := c.openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return wholeOf(f, info.Size(), most)
}

func wholeOf(r io.ReaderAt, size, most int64) ([]byte, error) {
	if err := checkWhole(size, most); err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, size))
}

func checkWhole(size, most int64) error {
	if size > most {
		return &snapshot.DamagedError{Err: fmt.Errorf("it has %d bytes, over the limit of %d; remove it", size, most)}
	}
	return nil
}
