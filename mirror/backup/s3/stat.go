package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// stat describes an object.
func (b *Backup) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	var info minio.ObjectInfo
	err := untilNamed(ctx, func() (err error) {
		info, err = b.client.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
		if err == nil && info.ETag == "" {
			err = errNoETag
		}
		return err
	})
	return info, ofObject(err)
}

// untilNamed repeats ask, for half a second, while the store returns no version of an object: some
// stores omit it for a moment while the object is replaced.
func untilNamed(ctx context.Context, ask func() error) error {
	const tries, pause = 10, 50 * time.Millisecond
	for try := 1; ; try++ {
		err := ask()
		if !errors.Is(err, errNoETag) || try == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// errNoETag means that the store does not distinguish the versions of an object.
var errNoETag = errors.New("the store sends no ETag, so that changes of the object would go unnoticed; use another store")

// invalidObjectState is the code for an object that was moved to an archive.
const invalidObjectState = "InvalidObjectState"

// ofObject marks an answer that one object may not be read. It concerns only this object: a key
// that may read nothing already fails when writer.json is read.
func ofObject(err error) error {
	answer := minio.ToErrorResponse(err)
	if answer.StatusCode == http.StatusForbidden && (answer.Code == minio.AccessDenied || answer.Code == invalidObjectState) {
		return fmt.Errorf("%w: %s (%s)", backup.ErrEntry, strings.TrimSpace(answer.Error()), answer.Code)
	}
	return err
}
