package s3

import (
	"context"
	"errors"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// Check creates, reads and removes a temporary object, and lists a page of objects.
func (b *Backup) Check(ctx context.Context) error {
	key := b.tempKey()
	if err := b.putTemp(ctx, key, minio.PutObjectOptions{}); err != nil {
		return b.failed(ctx, "check "+b.location, err)
	}
	_, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	removed := b.removeTemp(ctx, key)
	enough := errors.New("one object is enough")
	listed := b.List(ctx, "", func(backup.Info) error { return enough })
	if errors.Is(listed, enough) {
		listed = nil
	}
	return errors.Join(b.failed(ctx, "check "+b.location, err), b.failed(ctx, "check "+b.location, removed), listed)
}
