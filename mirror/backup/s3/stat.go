package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// stat describes an object.
func (b *Backup) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	info, err := b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
	if err == nil && info.ETag == "" {
		err = errNoETag
	}
	return info, ofObject(err)
}

// errNoETag says that versions cannot be told from each other.
var errNoETag = errors.New("the store names no version of the object (no ETag), so that a change of it would be missed; use another store")

// invalidObjectState is the code of an object that was moved to an archive.
const invalidObjectState = "InvalidObjectState"

// ofObject marks the answer that one object may not be read. That concerns this object
// alone: a key that may read nothing fails already when writer.json is read.
func ofObject(err error) error {
	answer := minio.ToErrorResponse(err)
	if answer.StatusCode == http.StatusForbidden && (answer.Code == minio.AccessDenied || answer.Code == invalidObjectState) {
		return &deniedError{answer}
	}
	return err
}

type deniedError struct{ answer minio.ErrorResponse }

func (e *deniedError) Error() string {
	return fmt.Sprintf("%s (%s)", strings.TrimSpace(e.answer.Error()), e.answer.Code)
}

// Is reports whether target is what concerns one entry alone.
func (*deniedError) Is(target error) bool { return target == backup.ErrEntry }
