package s3

import (
	"context"
	"errors"
	"io/fs"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// Remove removes an object. No store knows a condition for that everywhere: what
// is there is compared just before.
func (b *Backup) Remove(ctx context.Context, name, version string) error {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return err
	}
	key, err := b.keyOf(ctx, name)
	if err == nil {
		err = b.compare(ctx, key, version)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
	}
	return b.failed(ctx, "remove "+name, err)
}
