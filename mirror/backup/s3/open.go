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

// footer is how much of the end of an object Open reads: mostly what says all
// about a snapshot but its rows.
const footer = 64 << 10

// Open reads the end of an object. The rest is read when it is asked for, all of
// it at once, if the object is still the same then.
func (b *Backup) Open(ctx context.Context, name string) (backup.File, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return nil, err
	}
	f := &file{backup: b, ctx: ctx, info: backup.Info{Name: name}}
	var options minio.GetObjectOptions
	if err := options.SetRange(0, -footer); err != nil {
		return nil, err
	}
	err := f.read(options)
	if minio.ToErrorResponse(err).Code == minio.InvalidRange { // an empty object has no end
		err = f.read(minio.GetObjectOptions{})
	}
	if err != nil {
		return nil, b.failed(ctx, "open "+name, err)
	}
	return f, nil
}

// file is an object opened for reading.
type file struct {
	backup  *Backup
	ctx     context.Context
	info    backup.Info
	content []byte // the end of it, or all
	damaged error  // if it is known to be
}

// Info describes the object as it was when it was opened.
func (f *file) Info() backup.Info { return f.info }

// Close lets go of what was read.
func (f *file) Close() error {
	f.content = nil
	return nil
}

// ReadAt implements [io.ReaderAt].
func (f *file) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, fmt.Errorf("read %s: negative offset", f.info.Name)
	}
	if at < f.info.Size-int64(len(f.content)) {
		var options minio.GetObjectOptions
		err := options.SetMatchETag(f.info.Version)
		if err == nil {
			err = f.read(options)
		}
		if err != nil {
			return 0, f.backup.failed(f.ctx, "read "+f.info.Name, err)
		}
	}
	if f.damaged != nil {
		return 0, f.damaged
	}
	if at >= f.info.Size {
		return 0, io.EOF
	}
	n := copy(p, f.content[at-(f.info.Size-int64(len(f.content))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) read(options minio.GetObjectOptions) error {
	body, info, header, err := minio.Core{Client: f.backup.client}.GetObject(f.ctx, f.backup.bucket, f.backup.key(f.info.Name), options)
	if err != nil {
		return err
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	size := int64(len(content))
	if part := header.Get("Content-Range"); part != "" {
		_, total, _ := strings.Cut(part, "/")
		if size, err = strconv.ParseInt(total, 10, 64); err != nil || size < int64(len(content)) {
			return fmt.Errorf("the answer's Content-Range is %q", part)
		}
	}
	if f.info.Version != "" && (f.info.Version != info.ETag || size != f.info.Size) {
		return errors.New("it was changed meanwhile")
	}
	f.content, f.info.Size, f.info.Version = content, size, info.ETag
	if want := info.UserMetadata[metadataSHA256]; want != "" && size == int64(len(content)) {
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			f.damaged = fmt.Errorf("it %w: its SHA-256 is not the one it was stored with", backup.ErrDamaged)
		}
	}
	return nil
}
