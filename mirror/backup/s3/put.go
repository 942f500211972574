package s3

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// metadataSHA256 is the object's metadata that holds the SHA-256 of its content,
// in hexadecimal digits.
const metadataSHA256 = "Sha256"

// Put uploads content with its MD5, which the store checks, and looks at what
// is there then. Where the store does not vouch for the checksums, the object is
// read back.
func (b *Backup) Put(ctx context.Context, name string, content io.ReaderAt, size int64) (backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return backup.Info{}, err
	}
	sums, err := checksumsOf(ctx, content, size)
	if err != nil {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, err)
	}
	_, err = minio.Core{Client: b.client}.PutObject(ctx, b.bucket, b.key(name), io.NewSectionReader(content, 0, size), size,
		base64.StdEncoding.EncodeToString(sums.md5), hex.EncodeToString(sums.sha256), minio.PutObjectOptions{
			ContentType:  "application/vnd.apache.parquet",
			UserMetadata: map[string]string{metadataSHA256: hex.EncodeToString(sums.sha256)},
		})
	if err != nil {
		return backup.Info{}, b.failed(ctx, "put "+name, err)
	}
	return b.confirm(ctx, name, size, sums)
}

type checksums struct{ md5, sha256 []byte }

func checksumsOf(ctx context.Context, content io.ReaderAt, size int64) (checksums, error) {
	const chunk = 1 << 20
	ofMD5, ofSHA256 := md5.New(), sha256.New()
	for at := int64(0); at < size; at += chunk {
		n := min(chunk, size-at)
		copied, err := io.Copy(io.MultiWriter(ofMD5, ofSHA256), io.NewSectionReader(content, at, n))
		if err == nil && copied < n {
			err = io.ErrUnexpectedEOF
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return checksums{}, err
		}
	}
	return checksums{ofMD5.Sum(nil), ofSHA256.Sum(nil)}, nil
}

// confirm checks that the store holds what was put.
func (b *Backup) confirm(ctx context.Context, name string, size int64, sums checksums) (backup.Info, error) {
	is, err := b.client.StatObject(ctx, b.bucket, b.key(name), minio.StatObjectOptions{})
	if err != nil {
		return backup.Info{}, b.failed(ctx, "look at "+name, err)
	}
	info := backup.Info{Name: name, Size: is.Size, Version: is.ETag}
	if is.Size != size {
		return backup.Info{}, fmt.Errorf("put %s: it has %d bytes, %d were written", name, is.Size, size)
	}
	if is.ETag == hex.EncodeToString(sums.md5) && is.UserMetadata[metadataSHA256] == hex.EncodeToString(sums.sha256) {
		return info, nil
	}
	f, err := b.Open(ctx, name)
	if err != nil {
		return backup.Info{}, fmt.Errorf("read back: %w", err)
	}
	defer f.Close()
	read, err := checksumsOf(ctx, f, f.Size())
	if err == nil && !slices.Equal(read.sha256, sums.sha256) {
		err = errors.New("it has another SHA-256 than what was written")
	}
	if err != nil {
		return backup.Info{}, fmt.Errorf("read back %s: %w", name, err)
	}
	return info, nil
}

// List lists the objects below a prefix. Temporary ones are left out.
func (b *Backup) List(ctx context.Context, prefix string) ([]backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return nil, err
	}
	var infos []backup.Info
	for object := range b.client.ListObjects(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.key(prefix), Recursive: true}) {
		if object.Err != nil {
			return nil, b.failed(ctx, "list "+prefix, object.Err)
		}
		name := strings.TrimPrefix(object.Key, b.prefix)
		if backup.CheckName(name) == nil {
			infos = append(infos, backup.Info{Name: name, Size: object.Size, Version: strings.Trim(object.ETag, `"`)})
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(infos, func(a, b backup.Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

// Check makes, reads and removes a temporary object.
func (b *Backup) Check(ctx context.Context) error {
	const text = "check"
	key := b.key(durable.TempPrefix + rand.Text())
	if _, err := b.client.PutObject(ctx, b.bucket, key, strings.NewReader(text), int64(len(text)), minio.PutObjectOptions{}); err != nil {
		return b.failed(ctx, "check "+b.location, err)
	}
	_, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	removing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	removed := b.client.RemoveObject(removing, b.bucket, key, minio.RemoveObjectOptions{})
	return errors.Join(b.failed(ctx, "check "+b.location, err), b.failed(removing, "check "+b.location, removed))
}
