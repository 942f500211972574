package s3

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// onlyOver makes an upload replace only one version. For a store that cannot do that, it compares
// the version just before the upload.
func (b *Backup) onlyOver(ctx context.Context, key, version string, options *minio.PutObjectOptions) error {
	keeps, err := b.keepsConditions(ctx)
	if err != nil {
		return err
	}
	if !keeps {
		return b.compare(ctx, key, version)
	}
	setCondition(options, version)
	return nil
}

func setCondition(options *minio.PutObjectOptions, version string) {
	if version == backup.None {
		options.SetMatchETagExcept("*")
	} else {
		options.SetMatchETag(version)
	}
}

// compare returns backup.ErrConflict unless an object has that version.
func (b *Backup) compare(ctx context.Context, key, version string) error {
	is, err := b.stat(ctx, key)
	switch {
	case minio.ToErrorResponse(err).Code == minio.NoSuchKey && version == backup.None:
		return nil
	case minio.ToErrorResponse(err).Code == minio.NoSuchKey:
		return fmt.Errorf("%w: %w", backup.ErrConflict, fs.ErrNotExist)
	case err != nil:
		return err
	case is.ETag != version:
		return backup.ErrConflict
	}
	return nil
}

// keepsConditions finds out, once, whether the store refuses an upload whose condition does not
// hold. Some stores ignore the condition; some do not know conditions.
func (b *Backup) keepsConditions(ctx context.Context) (bool, error) {
	select {
	case b.asked <- struct{}{}:
		defer func() { <-b.asked }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if b.conditions == unknown {
		keeps, err := b.tryConditions(ctx)
		if err != nil {
			return false, err
		}
		b.conditions = keeps
	}
	return b.conditions == kept, nil
}

// conditions says how a store treats the conditions of uploads.
type conditions uint8

const (
	unknown conditions = iota
	kept
	ignored
)

// knowsNone reports whether a store does not support a request with a condition, or calls it a bad
// request. A bad request with any other code may work the next time.
func knowsNone(answer minio.ErrorResponse) bool {
	return answer.StatusCode == http.StatusNotImplemented ||
		answer.StatusCode == http.StatusBadRequest && slices.Contains([]string{"", "InvalidArgument", "InvalidRequest"}, answer.Code)
}

// tryConditions uploads a temporary object under conditions that do not hold.
func (b *Backup) tryConditions(ctx context.Context) (conditions, error) {
	key := b.tempKey()
	if err := b.putTemp(ctx, key, minio.PutObjectOptions{}); err != nil {
		return unknown, err
	}
	defer func() { _ = b.removeTemp(ctx, key) }() // some users may write but not remove
	for _, version := range []string{backup.None, "00000000000000000000000000000000"} {
		var options minio.PutObjectOptions
		setCondition(&options, version)
		err := b.putTemp(ctx, key, options)
		switch answer := minio.ToErrorResponse(err); {
		case answer.Code == minio.PreconditionFailed:
		case err == nil, knowsNone(answer):
			return ignored, nil
		default:
			return unknown, err
		}
	}
	return kept, nil
}
