package s3

import (
	"context"
	"errors"

	"github.com/minio/minio-go/v7"
)

// Check creates, reads and removes a temporary object.
func (b *Backup) Check(ctx context.Context) error {
	key := b.tempKey()
	if err := b.putTemp(ctx, key, minio.PutObjectOptions{}); err != nil {
		return b.failed(ctx, "check "+b.location, err)
	}
	_, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	removed := b.removeTemp(ctx, key)
	return errors.Join(b.failed(ctx, "check "+b.location, err), b.failed(ctx, "check "+b.location, removed))
}
