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
	f := &file{place: b, ctx: ctx, key: key, info: backup.Info{Name: name}}
	var options minio.GetObjectOptions
	if err := options.SetRange(0, -footer); err != nil {
		return nil, err
	}
	err = untilNamed(ctx, func() (err error) {
		f.End, err = f.read(options, footer)
		if minio.ToErrorResponse(err).Code == minio.InvalidRange { // an empty object has no end
			f.End, err = f.read(minio.GetObjectOptions{}, footer)
		}
		return err
	})
	if err != nil {
		return nil, b.failed(ctx, "open "+name, err)
	}
	f.Size, f.Piece, f.Read = f.info.Size, piece, f.part
	return f, nil
}

// file is an object opened for reading.
type file struct {
	backup.Pieces
	place   *Backup
	ctx     context.Context
	key     string
	info    backup.Info
	damaged error // set once the object is known to be damaged
}

// Info describes the object at the time it was opened.
func (f *file) Info() backup.Info { return f.info }

// ReadAt implements [io.ReaderAt], for one goroutine at a time.
func (f *file) ReadAt(p []byte, at int64) (n int, err error) {
	if f.damaged != nil {
		return 0, f.damaged
	}
	return f.Pieces.ReadAt(p, at)
}

// part reads a part of the object.
func (f *file) part(at, size int64) ([]byte, error) {
	var options minio.GetObjectOptions
	err := options.SetMatchETag(f.info.Version)
	if err == nil && size < f.info.Size {
		err = options.SetRange(at, at+size-1)
	}
	if err != nil {
		return nil, err
	}
	some, err := f.read(options, size)
	if f.damaged != nil {
		return nil, f.damaged
	}
	return some, f.place.failed(f.ctx, "read "+f.info.Name, err)
}

// read reads all of the object, or a part of at most size bytes. It fails if the object is not the
// one that was opened.
func (f *file) read(options minio.GetObjectOptions, size int64) ([]byte, error) {
	body, info, header, err := minio.Core{Client: f.place.client}.GetObject(f.ctx, f.place.bucket, f.key, options)
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
