package s3

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// ListEvery returns how often to list at most: each thousand objects are a request,
// and requests to list are what such stores charge most for.
func (b *Backup) ListEvery() time.Duration { return 24 * time.Hour }

// List lists the objects below a prefix. Temporary ones are left out.
func (b *Backup) List(ctx context.Context, prefix string) ([]backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return nil, err
	}
	var infos []backup.Info
	for object := range b.client.ListObjects(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.key(prefix), Recursive: true}) {
		if object.Err != nil {
			return nil, b.failed(ctx, strings.TrimSpace("list "+prefix), object.Err)
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
