package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// footer is how many bytes of an object's end Open reads. They usually hold everything about a
// snapshot but its rows.
const footer = 64 << 10

// piece is how many bytes of an object are read at a time and held in memory.
const piece = 8 << 20

// Open reads the end of an object. Later reads fetch a piece at a time, and fail if the object has
// changed.
func (b *Backup) Open(ctx context.Context, name string) (backup.File, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return nil, err
	}
	key, err := b.keyOf(ctx, name)
	if err != nil {
		return nil, b.failed(ctx, "open "+name, err)
	}
	f := &file{backup: b, ctx: ctx, key: key, info: backup.Info{Name: name}}
	var options minio.GetObjectOptions
	if err := options.SetRange(0, -footer); err != nil {
		return nil, err
	}
	err = untilNamed(ctx, func() (err error) {
		f.end, err = f.read(options, footer)
		if minio.ToErrorResponse(err).Code == minio.InvalidRange { // an empty object has no end
			f.end, err = f.read(minio.GetObjectOptions{}, footer)
		}
		return err
	})
	if err != nil {
		return nil, b.failed(ctx, "open "+name, err)
	}
	return f, nil
}

// file is an object opened for reading.
type file struct {
	backup  *Backup
	ctx     context.Context
	key     string
	info    backup.Info
	end     []byte // its last bytes
	held    []byte // other bytes, from at on
	at      int64
	damaged error // set once the object is known to be damaged
}

// Info describes the object at the time it was opened.
func (f *file) Info() backup.Info { return f.info }

// Close frees the bytes read.
func (f *file) Close() error {
	f.end, f.held = nil, nil
	return nil
}

// ReadAt implements [io.ReaderAt], for one goroutine at a time.
func (f *file) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, fmt.Errorf("read %s: negative offset", f.info.Name)
	}
	for n < len(p) {
		some, err := f.from(at + int64(n))
		if err != nil {
			return n, err
		}
		n += copy(p[n:], some)
	}
	return n, nil
}

// from returns bytes of the object from at on.
func (f *file) from(at int64) ([]byte, error) {
	if f.damaged != nil {
		return nil, f.damaged
	}
	if at >= f.info.Size {
		return nil, io.EOF
	}
	if end := f.info.Size - int64(len(f.end)); at >= end {
		return f.end[at-end:], nil
	}
	if at < f.at || at >= f.at+int64(len(f.held)) {
		if err := f.hold(at - at%piece); err != nil {
			return nil, f.backup.failed(f.ctx, "read "+f.info.Name, err)
		}
		return f.from(at)
	}
	return f.held[at-f.at:], nil
}

// hold reads the piece that begins at at.
func (f *file) hold(at int64) error {
	var options minio.GetObjectOptions
	size := min(piece, f.info.Size-at)
	err := options.SetMatchETag(f.info.Version)
	if err == nil && size < f.info.Size {
		err = options.SetRange(at, at+size-1)
	}
	if err != nil {
		return err
	}
	f.held = nil
	held, err := f.read(options, size)
	if err == nil && int64(len(held)) != size {
		err = fmt.Errorf("got %d bytes, asked for %d", len(held), size)
	}
	f.held, f.at = held, at
	return err
}

// read reads all of the object, or a part of at most size bytes. It fails if the object is not the
// one that was opened.
func (f *file) read(options minio.GetObjectOptions, size int64) ([]byte, error) {
	body, info, header, err := minio.Core{Client: f.backup.client}.GetObject(f.ctx, f.backup.bucket, f.key, options)
	if err != nil {
		return nil, ofObject(err)
	}
	defer body.Close()
	content, err := io.ReadAll(io.LimitReader(body, size))
	if err != nil {
		return nil, err
	}
	total := info.Size
	if part := header.Get("Content-Range"); part != "" {
		_, text, _ := strings.Cut(part, "/")
		if total, err = strconv.ParseInt(text, 10, 64); err != nil || total < int64(len(content)) {
			return nil, fmt.Errorf("the answer's Content-Range is %q", part)
		}
	} else if total != int64(len(content)) {
		return nil, fmt.Errorf("asked for %d bytes, but the answer holds all %d", size, total)
	}
	if f.info.Version != "" && (f.info.Version != info.ETag || total != f.info.Size) {
		return nil, fmt.Errorf("read it: %w", backup.ErrConflict)
	}
	if info.ETag == "" {
		return nil, errNoETag
	}
	f.info.Size, f.info.Version = total, info.ETag
	if want := info.UserMetadata[metadataSHA256]; want != "" && total == int64(len(content)) {
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			f.damaged = fmt.Errorf("it %w: its SHA-256 is not the one it was stored with", backup.ErrDamaged)
		}
	}
	return content, nil
}
