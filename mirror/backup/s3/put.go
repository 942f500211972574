package s3

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// metadataSHA256 is the metadata key of an object for the SHA-256 of its content, in hexadecimal
// digits.
const metadataSHA256 = "Sha256"

// Put uploads content with its MD5, which the store checks, then looks up the stored version. If
// the store does not vouch for the checksums, Put reads the object back.
func (b *Backup) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return backup.Info{}, err
	}
	sums, err := checksumsOf(ctx, content, size)
	if err != nil {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, err)
	}
	options := minio.PutObjectOptions{
		ContentType:  "application/vnd.apache.parquet",
		UserMetadata: map[string]string{metadataSHA256: hex.EncodeToString(sums.sha256)},
	}
	key := b.key(name)
	if over != backup.None {
		key, err = b.keyOf(ctx, name)
	}
	if err == nil {
		err = b.onlyOver(ctx, key, over, &options)
	}
	if err != nil {
		return backup.Info{}, b.failed(ctx, "put "+name, err)
	}
	uploaded, err := minio.Core{Client: b.client}.PutObject(ctx, b.bucket, key, io.NewSectionReader(content, 0, size), size,
		base64.StdEncoding.EncodeToString(sums.md5), hex.EncodeToString(sums.sha256), options)
	if over != backup.None && minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		err = backup.ErrConflict // no object could match
	}
	if err != nil {
		return backup.Info{}, b.failed(ctx, "put "+name, err)
	}
	return b.confirm(ctx, name, key, uploaded.ETag, size, sums)
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

// confirm checks that the store holds the version that was put, and that it is whole.
func (b *Backup) confirm(ctx context.Context, name, key, version string, size int64, sums checksums) (backup.Info, error) {
	is, err := b.stat(ctx, key)
	if err != nil {
		return backup.Info{}, b.failed(ctx, "check "+name, err)
	}
	info := backup.Info{Name: name, Size: is.Size, Version: is.ETag}
	if version != "" && is.ETag != version { // a store need not say which version it made
		return backup.Info{}, fmt.Errorf("put %s: %w", name, backup.ErrConflict)
	}
	damaged := backup.Info{Name: name, Size: is.Size, Version: version}
	if is.Size != size {
		return damaged, fmt.Errorf("put %s: it %w: it has %d bytes, %d were written", name, backup.ErrDamaged, is.Size, size)
	}
	if is.ETag == hex.EncodeToString(sums.md5) && is.UserMetadata[metadataSHA256] == hex.EncodeToString(sums.sha256) {
		return info, nil
	}
	f, err := b.Open(ctx, name)
	if err != nil {
		return backup.Info{}, fmt.Errorf("read back: %w", err)
	}
	defer f.Close()
	if f.Info().Version != is.ETag {
		return backup.Info{}, fmt.Errorf("read back %s: %w", name, backup.ErrConflict)
	}
	read, err := checksumsOf(ctx, f, f.Info().Size)
	if err == nil && !slices.Equal(read.sha256, sums.sha256) {
		err = fmt.Errorf("it %w: its SHA-256 differs from that of the bytes written", backup.ErrDamaged)
	}
	if errors.Is(err, backup.ErrDamaged) {
		return damaged, fmt.Errorf("read back %s: %w", name, err)
	}
	if err != nil {
		return backup.Info{}, fmt.Errorf("read back %s: %w", name, err)
	}
	return info, nil
}
