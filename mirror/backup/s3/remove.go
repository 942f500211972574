package s3

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// Remove removes an object. It compares the version just before, because many stores ignore or do
// not support conditions of removals.
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
		err = b.client.RemoveObject(context.WithValue(ctx, matchKey{}, version), b.bucket, key, minio.RemoveObjectOptions{})
	}
	if knowsNone(minio.ToErrorResponse(err)) {
		err = b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{})
	}
	return b.failed(ctx, "remove "+name, err)
}

// matchKey is the context key for the version that a removal is to remove.
type matchKey struct{}

// withMatch adds its condition to the request of a removal. The client has no option for that.
func withMatch(r *http.Request) *http.Request {
	version, ok := r.Context().Value(matchKey{}).(string)
	if !ok {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Set("If-Match", `"`+version+`"`)
	return r
}
