package s3

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"statsmirror/store/durable"
)

// tempKey returns the key of a new temporary object.
func (b *Backup) tempKey() string { return b.key(durable.TempPrefix + rand.Text()) }

func (b *Backup) putTemp(ctx context.Context, key string, options minio.PutObjectOptions) error {
	const text = "temporary"
	_, err := b.client.PutObject(ctx, b.bucket, key, strings.NewReader(text), int64(len(text)), options)
	return err
}

// removeTemp removes a temporary object, even after ctx is done.
func (b *Backup) removeTemp(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
}
