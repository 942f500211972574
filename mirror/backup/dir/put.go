package dir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"

	"golang.org/x/sys/unix"
)

// Put stores content and reads it back, bypassing the page cache if the file system can.
func (b *Backup) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	var info backup.Info
	err := b.change(ctx, name, over, func(t *turn) error {
		root, h := t.root, sha256.New()
		err := t.mkdirAll(path.Dir(name))
		if err == nil {
			err = durable.WriteFile(root, name, func(w io.Writer) error {
				return copyAll(ctx, io.MultiWriter(w, h), io.NewSectionReader(content, 0, size), size)
			})
		}
		if err != nil {
			return err
		}
		info, err = readBack(ctx, root, name, size, [sha256.Size]byte(h.Sum(nil)))
		if err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		return nil
	})
	if err != nil {
		return info, fmt.Errorf("put %s: %w", name, err)
	}
	return info, nil
}

// AtATime returns how many Puts at a time the file system groups well.
func (b *Backup) AtATime() int { return 32 }

// Remove removes a file durably.
func (b *Backup) Remove(ctx context.Context, name, version string) error {
	err := b.change(ctx, name, version, func(t *turn) error { return durable.Remove(t.root, name) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// change calls change if the file name has that version. Meanwhile no other process changes
// anything, and this one neither this file nor another ended generation of the run.
func (b *Backup) change(ctx context.Context, name, version string, change func(*turn) error) error {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return err
	}
	has := claim(name)
	t, err := b.enter(ctx, has)
	if err != nil {
		return err
	}
	defer b.leave(t, has)
	root := t.root
	if version == backup.None {
		if err := b.checkFree(root, name); err != nil {
			return err
		}
	}
	info, err := root.Lstat(name)
	if err == nil {
		err = backup.CheckRegular(info)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && version == backup.None:
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", backup.ErrConflict, err)
	case err != nil:
		return backup.BelowRun(name, err)
	case infoOf(name, info).Version != version:
		return backup.ErrConflict
	}
	err = change(t)
	if errors.Is(err, fs.ErrPermission) { // other errors concern the whole place
		return backup.BelowRun(name, err)
	}
	return err
}

const chunkSize = 1 << 20

// copyAll copies size bytes, or fails. It checks ctx between chunks.
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
	if f.info.Size != size {
		return f.info, fmt.Errorf("it %w: it has %d bytes, %d were written", backup.ErrDamaged, f.info.Size, size)
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // a hint: some file systems have no page cache to drop
	h := sha256.New()
	if err := copyAll(ctx, h, f, size); err != nil {
		return backup.Info{}, err
	}
	if [sha256.Size]byte(h.Sum(nil)) != want {
		return f.info, fmt.Errorf("it %w: its SHA-256 differs from that of the bytes written", backup.ErrDamaged)
	}
	return f.info, nil
}

func infoOf(name string, info os.FileInfo) backup.Info {
	inode, changed := uint64(0), int64(0)
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		inode, changed = sys.Ino, sys.Ctim.Nano() // because the mtime can be set back
	}
	version := fmt.Sprintf("%d-%d-%d-%d", inode, info.Size(), info.ModTime().UnixNano(), changed)
	return backup.Info{Name: name, Size: info.Size(), Version: version}
}
