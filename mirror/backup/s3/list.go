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

// A server that does not end a listing must not fill the memory.
const (
	maxListing = 1 << 30  // bytes that a listing takes: some six million objects
	maxAnswer  = 16 << 20 // bytes of an answer, a thousand objects: four times what the longest names take
)

var errEndless = errors.New("the listing does not end")

// List lists the objects below a prefix. Temporary ones are left out.
func (b *Backup) List(ctx context.Context, prefix string) ([]backup.Info, error) {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the client lists ahead
	var infos []backup.Info
	room := b.listing
	for object := range b.client.ListObjects(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.key(prefix), Recursive: true}) {
		if object.Err != nil {
			return nil, b.failed(ctx, strings.TrimSpace("list "+prefix), object.Err)
		}
		if room -= 64 + len(object.Key) + len(object.ETag); room < 0 {
			return nil, b.failed(ctx, strings.TrimSpace("list "+prefix), errEndless)
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
