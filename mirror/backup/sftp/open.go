package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/pkg/sftp"

	"statsmirror/mirror/backup"
)

const (
	footer = 64 << 10 // bytes of a file's end that Open reads
	piece  = 1 << 20  // bytes of a file that are read at a time and held in memory
)

// Open reads the end of a file. Later reads fetch a piece at a time, over any connection, and fail if
// the file has changed.
func (b *Backup) Open(ctx context.Context, name string) (backup.File, error) {
	f, err := b.open(ctx, name)
	if err != nil {
		return nil, b.failed(ctx, "open "+name, err)
	}
	return f, nil
}

func (b *Backup) open(ctx context.Context, name string) (*file, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return nil, err
	}
	s, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	for range 10 { // a service may replace it meanwhile
		var info fs.FileInfo
		if info, err = b.look(ctx, s, name); err != nil {
			return nil, err
		}
		f := &file{info: infoOf(name, info)}
		f.Size, f.Piece = f.info.Size, piece
		f.Read = func(at, size int64) ([]byte, error) {
			s, err := b.connect(ctx)
			if err != nil {
				return nil, b.failed(ctx, "read "+name, err)
			}
			some, err := b.readPart(ctx, s, f.info, at, size)
			return some, b.failed(ctx, "read "+name, err)
		}
		end := min(f.Size, footer)
		if f.End, err = b.readPart(ctx, s, f.info, f.Size-end, end); !errors.Is(err, backup.ErrConflict) {
			return f, err
		}
	}
	return nil, err
}

// file is a file opened for reading.
type file struct {
	backup.Pieces
	info backup.Info
}

func (f *file) Info() backup.Info { return f.info }

// readPart reads a part of a file that must still have its version.
func (b *Backup) readPart(ctx context.Context, s *session, info backup.Info, at, size int64) (content []byte, err error) {
	f, err := ask(ctx, s, func() (*sftp.File, error) { return s.Client.Open(b.at(info.Name)) })
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: %w", backup.ErrEntry, err)
	}
	if err != nil {
		return nil, err
	}
	defer s.discard(f)
	is, err := ask(ctx, s, f.Stat)
	if err == nil && infoOf(info.Name, is) != info {
		err = backup.ErrConflict
	}
	if err != nil {
		return nil, err
	}
	return readAt(ctx, s, f, at, size)
}

// readAt reads size bytes, in requests that the server can answer in time.
func readAt(ctx context.Context, s *session, f *sftp.File, at, size int64) ([]byte, error) {
	content := make([]byte, 0, size)
	for int64(len(content)) < size {
		part := content[len(content):min(size, int64(len(content))+chunk)]
		n, err := ask(ctx, s, func() (int, error) { return f.ReadAt(part, at+int64(len(content))) })
		content = content[:len(content)+n]
		if errors.Is(err, io.EOF) && n == len(part) {
			err = nil
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	return content, nil
}

// discard closes a file that was read, or is of no use any more. It does not wait.
func (s *session) discard(f *sftp.File) {
	go func() { _ = tell(context.Background(), s, f.Close) }()
}
