package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/minio/minio-go/v7"

	"statsmirror/store/durable"
)

// Check makes, reads and removes a temporary object.
func (b *Backup) Check(ctx context.Context) error {
	const text = "check"
	key := b.key(durable.TempPrefix + rand.Text())
	if _, err := b.client.PutObject(ctx, b.bucket, key, strings.NewReader(text), int64(len(text)), minio.PutObjectOptions{}); err != nil {
		return b.failed(ctx, "check "+b.location, err)
	}
	_, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	removed := b.removeTemp(ctx, key)
	return errors.Join(b.failed(ctx, "check "+b.location, err), b.failed(ctx, "check "+b.location, removed))
}
