package sftp

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pkg/sftp"

	"statsmirror/store/durable"
)

// Sweep removes temporary files that crashes left behind, as found when List last listed everything:
// those of this user that are a day old by the server's clock.
func (b *Backup) Sweep(ctx context.Context) error {
	left := b.left.Take()
	if len(left) == 0 {
		return nil
	}
	s, err := b.connect(ctx)
	if err != nil {
		return err
	}
	return b.locked(ctx, s, "", func(ctx context.Context) error {
		lock, err := ask(ctx, s, func() (fs.FileInfo, error) { return s.Lstat(b.at(lockName)) }) // created just now
		if err != nil {
			return err
		}
		var errs []error
		for _, name := range left {
			info, err := b.look(ctx, s, name)
			if err != nil || lock.ModTime().Sub(info.ModTime()) < durable.LeftAfter || ownerOf(info) != ownerOf(lock) {
				continue
			}
			errs = append(errs, tell(ctx, s, func() error { return s.Client.Remove(b.at(name)) }))
		}
		return errors.Join(errs...)
	})
}

// ownerOf returns the number of a file's owner on the server.
func ownerOf(info fs.FileInfo) uint32 {
	if sys, ok := info.Sys().(*sftp.FileStat); ok {
		return sys.UID
	}
	return 0
}
