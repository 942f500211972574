package dir

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"time"

	"statsmirror/store/durable"
)

// Sweep removes temporary files that crashes left behind, as found when List last listed
// everything.
func (b *Backup) Sweep(ctx context.Context) error {
	left := b.left.Take()
	if len(left) == 0 {
		return nil
	}
	root, err := b.open()
	if err != nil {
		return err
	}
	defer root.Close()
	var errs []error
	for _, name := range left {
		info, err := root.Lstat(name)
		if err != nil || !leftBehind(fs.FileInfoToDirEntry(info)) {
			continue // another service has removed it
		}
		if err := errors.Join(ctx.Err(), durable.Remove(root, name)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// leftBehind reports whether a temporary file belongs to this user and nobody can still be writing
// it.
func leftBehind(e fs.DirEntry) bool {
	if !e.Type().IsRegular() || path.Base(e.Name()) == lockName {
		return false
	}
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) >= durable.LeftAfter && durable.IsOurs(info)
}
