package s3

import (
	"context"
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
	f := &file{backup: b, ctx: ctx, name: name}
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
	name    string
	version string
	size    int64
	content []byte // the end of it, or all
}

// Size returns the size of the object, in bytes.
func (f *file) Size() int64 { return f.size }

// Close lets go of what was read.
func (f *file) Close() error {
	f.content = nil
	return nil
}

// ReadAt implements [io.ReaderAt].
func (f *file) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, fmt.Errorf("read %s: negative offset", f.name)
	}
	if at < f.size-int64(len(f.content)) {
		var options minio.GetObjectOptions
		err := options.SetMatchETag(f.version)
		if err == nil {
			err = f.read(options)
		}
		if err != nil {
			return 0, f.backup.failed(f.ctx, "read "+f.name, err)
		}
	}
	if at >= f.size {
		return 0, io.EOF
	}
	n := copy(p, f.content[at-(f.size-int64(len(f.content))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) read(options minio.GetObjectOptions) error {
	body, info, header, err := minio.Core{Client: f.backup.client}.GetObject(f.ctx, f.backup.bucket, f.backup.key(f.name), options)
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
	if f.version != "" && (f.version != info.ETag || size != f.size) {
		return errors.New("it was changed meanwhile")
	}
	f.content, f.size, f.version = content, size, info.ETag
	return nil
}
