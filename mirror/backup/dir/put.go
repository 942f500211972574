package dir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"syscall"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"

	"golang.org/x/sys/unix"
)

// Put stores content and reads it back, past the page cache where the file
// system can do that. One Put runs at a time: of two with the same name, either
// reads back its own content.
func (b *Backup) Put(ctx context.Context, name string, content io.ReaderAt, size int64) (backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return backup.Info{}, err
	}
	select {
	case b.put <- struct{}{}:
		defer func() { <-b.put }()
	case <-ctx.Done():
		return backup.Info{}, ctx.Err()
	}
	root, err := b.open()
	if err != nil {
		return backup.Info{}, err
	}
	defer root.Close()
	if err := durable.MkdirAll(root, path.Dir(name)); err != nil {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, err)
	}
	h := sha256.New()
	err = durable.WriteFile(root, name, func(w io.Writer) error {
		return copyAll(ctx, io.MultiWriter(w, h), io.NewSectionReader(content, 0, size), size)
	})
	if err != nil {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, err)
	}
	info, err := readBack(ctx, root, name, size, [sha256.Size]byte(h.Sum(nil)))
	if err != nil {
		return backup.Info{}, fmt.Errorf("read back %s: %w", name, err)
	}
	return info, nil
}

const chunkSize = 1 << 20

// copyAll copies size bytes, or fails. It looks at ctx between chunks.
func copyAll(ctx context.Context, w io.Writer, r io.Reader, size int64) error {
	for size > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(w, r, min(size, chunkSize))
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		size -= n
	}
	return ctx.Err()
}

func readBack(ctx context.Context, root *os.Root, name string, size int64, want [sha256.Size]byte) (backup.Info, error) {
	f, err := openRegular(root, name)
	if err != nil {
		return backup.Info{}, err
	}
	defer f.Close()
	if f.Size() != size {
		return backup.Info{}, fmt.Errorf("it has %d bytes, %d were written", f.Size(), size)
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // a hint: some file systems have no page cache to drop
	h := sha256.New()
	if err := copyAll(ctx, h, f, size); err != nil {
		return backup.Info{}, err
	}
	if [sha256.Size]byte(h.Sum(nil)) != want {
		return backup.Info{}, errors.New("it has another SHA-256 than what was written")
	}
	return infoOf(name, f.info), nil
}

func infoOf(name string, info os.FileInfo) backup.Info {
	inode := uint64(0)
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = sys.Ino
	}
	version := fmt.Sprintf("%d-%d-%d", inode, info.Size(), info.ModTime().UnixNano())
	return backup.Info{Name: name, Size: info.Size(), Version: version}
}
