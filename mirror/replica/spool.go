package replica

import (
	"bytes"
	"io"
	"os"
	"slices"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
)

// spool keeps the backup's files of a run while the run is reconciled. Then a backup that hangs
// cannot block that. It keeps no rows in memory: small files are in memory, the rest is on disk.
type spool struct {
	catalog *catalog.Catalog
	run     string
	used    int64 // bytes in memory
	files   []*os.File
}

// mostSpooled bounds the bytes of files kept in memory.
const mostSpooled = 16 << 20

// keep verifies a file and keeps it. If the catalog has a file with the same rows, it keeps no
// second one.
func (s *spool) keep(f backup.File) (m snapshot.Meta, open func() (*archive.Content, error), err error) {
	size := f.Info().Size
	var in io.ReaderAt = f
	inMemory := size <= mostSpooled-s.used
	if inMemory {
		content := make([]byte, size)
		if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), content); err != nil {
			return m, nil, err
		}
		in = bytes.NewReader(content)
	}
	if m, err = snapshot.Verify(in, size); err != nil {
		return m, nil, err
	}
	ours := s.catalog.Files(s.run)
	if i := slices.IndexFunc(ours, func(f catalog.File) bool { return f.Content == m.ContentSHA256 }); i >= 0 {
		return m, func() (*archive.Content, error) { return s.catalog.Content(ours[i]) }, nil
	}
	if inMemory {
		s.used += size
	} else if in, err = s.write(f, size); err != nil {
		return m, nil, err
	}
	return m, func() (*archive.Content, error) {
		opened, err := snapshot.Open(in, size)
		return &archive.Content{File: opened, Closer: io.NopCloser(nil)}, err
	}, nil
}

// write copies a file to disk, without a name.
func (s *spool) write(f backup.File, size int64) (*os.File, error) {
	to, err := s.catalog.Scratch()
	if err != nil {
		return nil, err
	}
	s.files = append(s.files, to)
	_, err = io.Copy(to, io.NewSectionReader(f, 0, size))
	return to, err
}

func (s *spool) close() {
	for _, f := range s.files {
		_ = f.Close() // nobody reads it any more
	}
}
