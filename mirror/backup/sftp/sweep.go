package sftp

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pkg/sftp"

	"statsmirror/store/durable"
)

// Sweep removes temporary files that crashes left behind, as found when List last listed everything:
// those of this user that are a day old by the server's clock. A file that was being replaced it puts
// back, if there is no other by its name.
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
			if of, aside := replacedBy(name); aside {
				if _, err := b.look(ctx, s, of); errors.Is(err, fs.ErrNotExist) {
					errs = append(errs, tell(ctx, s, func() error { return s.Rename(b.at(name), b.at(of)) }))
					continue
				}
			}
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
