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
	var objects []stored
	room := b.listing
	for _, below := range slices.Compact([]string{b.key(prefix), b.oldKey(prefix)}) {
		for object := range b.client.ListObjects(ctx, b.bucket, minio.ListObjectsOptions{Prefix: below, Recursive: true}) {
			if object.Err != nil {
				return nil, b.failed(ctx, strings.TrimSpace("list "+prefix), object.Err)
			}
			if room -= 64 + len(object.Key) + len(object.ETag); room < 0 {
				return nil, b.failed(ctx, strings.TrimSpace("list "+prefix), errEndless)
			}
			name, old := b.nameOf(object.Key)
			if backup.CheckName(name) == nil && strings.HasPrefix(name, prefix) {
				objects = append(objects, stored{backup.Info{Name: name, Size: object.Size, Version: strings.Trim(object.ETag, `"`)}, old})
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return withoutDuplicates(objects), nil
}
