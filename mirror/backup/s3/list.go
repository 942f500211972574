package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"

	"statsmirror/mirror/backup"
)

// ListEvery returns how much time should pass between listings. Each thousand objects take a
// request, and stores charge most for listing requests.
func (b *Backup) ListEvery() time.Duration { return 24 * time.Hour }

// A server that never ends a listing must not keep the service busy for ever. These constants bound
// the pages of a listing and the bytes of a page. A page has at most a thousand objects.
const (
	mostPages  = 1 << 15 // 32 million objects
	mostEmpty  = 1000    // in a row without any object of the backup; a store may skip deleted ones
	maxAnswer  = 8 << 20 // bytes of a page: twice the size of a thousand of the longest names
	mostMarkup = 48_000  // elements of a page, begun or ended; an object takes about 30
)

// paging counts the pages of one listing.
type paging struct {
	pages, empty atomic.Int64
	stop         context.CancelCauseFunc
}

type pagingKey struct{}

// pageOf counts a request if it is for a page. Too many pages end the listing.
func pageOf(r *http.Request) error {
	p, ok := r.Context().Value(pagingKey{}).(*paging)
	if !ok || !r.URL.Query().Has("list-type") {
		return nil
	}
	pages, empty := p.pages.Add(1), p.empty.Add(1)
	var err error
	switch {
	case empty > mostEmpty:
		err = fmt.Errorf("the listing does not end: more than %d pages without an object", mostEmpty)
	case pages > mostPages:
		err = fmt.Errorf("the listing does not end: more than %d pages", mostPages)
	default:
		return nil
	}
	p.stop(err)
	return err
}

// List lists the objects below a prefix. It leaves out temporary ones.
func (b *Backup) List(ctx context.Context, prefix string, do func(backup.Info) error) error {
	if err := errors.Join(ctx.Err(), backup.CheckPrefix(prefix)); err != nil {
		return err
	}
	operation := strings.TrimSpace("list " + prefix)
	p := &paging{}
	pages, stop := context.WithCancelCause(context.WithValue(ctx, pagingKey{}, p))
	defer stop(nil)
	p.stop = stop
	for _, below := range slices.Compact([]string{b.key(prefix), b.oldKey(prefix)}) {
		for object := range b.client.ListObjectsIter(pages, b.bucket, minio.ListObjectsOptions{Prefix: below, Recursive: true}) {
			if object.Err != nil {
				return b.failed(ctx, operation, errOf(pages, object.Err))
			}
			p.empty.Store(0)
			info := b.infoOf(object)
			if backup.CheckName(info.Name) != nil || !strings.HasPrefix(info.Name, prefix) {
				continue
			}
			if err := do(info); err != nil {
				return err
			}
		}
	}
	if pages.Err() != nil { // then the client reports nothing
		return b.failed(ctx, operation, context.Cause(pages))
	}
	return nil
}

// infoOf describes a listed object. The result does not refer to the page.
func (b *Backup) infoOf(object minio.ObjectInfo) backup.Info {
	name, old := b.nameOf(object.Key)
	return backup.Info{Name: strings.Clone(name), Size: object.Size, Version: strings.Clone(strings.Trim(object.ETag, `"`)), Old: old}
}

// errOf returns why a listing was ended, or else err.
func errOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
