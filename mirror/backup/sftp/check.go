package sftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"statsmirror/mirror/backup"
)

// Check makes every kind of request that a copy needs, with a temporary file that it removes. It
// first creates the directory if only that is missing.
func (b *Backup) Check(ctx context.Context) error {
	s, err := b.connect(ctx)
	if err == nil {
		err = b.makeRoot(ctx, s)
	}
	if err == nil {
		err = b.try(ctx, s)
	}
	return b.failed(ctx, "check", err)
}

func (b *Backup) try(ctx context.Context, s *session) error {
	const text = "check"
	temp, renamed := tempName(), tempName()
	sum, err := b.upload(ctx, s, temp, strings.NewReader(text), int64(len(text)), time.Time{})
	if err != nil {
		s.removeSoon(b.at(temp))
		return b.full(ctx, s, err)
	}
	info, err := b.readBack(ctx, s, temp, int64(len(text)), sum)
	if err == nil {
		err = explained("rename a file", b.rename(ctx, s, temp, renamed, backup.None))
	}
	if err != nil {
		s.removeSoon(b.at(temp))
		return err
	}
	err = explained("look at a file", b.compare(ctx, s, renamed, info.Version))
	_, listErr := s.readDir(ctx, b.root)
	remove := tell(ctx, s, func() error { return s.Client.Remove(b.at(renamed)) })
	return cmp.Or(err, explained("list the directory", listErr), remove)
}

// explained says which request failed, where the server only says that it was refused.
func explained(request string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", request, err)
}

// makeRoot creates the last element of the directory's path if necessary.
func (b *Backup) makeRoot(ctx context.Context, s *session) error {
	info, err := ask(ctx, s, func() (fs.FileInfo, error) { return s.Stat(b.root) })
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s on the server is not a directory; move it away", b.root)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	err = tell(ctx, s, func() error { return s.Mkdir(b.root) })
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s %w on the server, nor does its parent %s; mount it there or create the directory", b.root, backup.ErrAbsent, path.Dir(b.root))
	}
	if err != nil {
		return fmt.Errorf("create %s on the server: %w", b.root, err)
	}
	return nil
}

// Remarks says, once the backup has been used, what the server cannot do, and whether others may read
// its key. It waits for nothing.
func (b *Backup) Remarks() []string {
	if all := b.remarks.Load(); all != nil {
		return *all
	}
	return nil
}

// remark finds the remarks on a new connection.
func (b *Backup) remark(s *session) {
	var all []string
	if info, err := os.Stat(b.login.key); err == nil && info.Mode().Perm()&0o007 != 0 {
		all = append(all, "every user of this host may read the key "+b.login.key+"; run chmod 600 on it")
	}
	if !s.offers(syncFile) {
		all = append(all, "the server lacks "+syncFile+": copies are read back, but a power cut there may undo the last ones, which are then made again")
	}
	if !s.offers(posixRename) {
		all = append(all, "the server lacks "+posixRename+": while a copy is replaced, readers may find none for a moment")
	}
	b.remarks.Store(&all)
}
