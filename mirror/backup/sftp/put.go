package sftp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// chunk is how many bytes one request writes or reads: few enough for a slow line.
const chunk = 256 << 10

// Extensions of the protocol that OpenSSH has.
const (
	posixRename = "posix-rename@openssh.com" // replaces a file
	syncFile    = "fsync@openssh.com"
)

// Put uploads content under a temporary name, reads it back, and renames it.
func (b *Backup) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	info, err := b.put(ctx, name, content, size, over)
	if err != nil {
		return backup.Info{}, b.failed(ctx, "put "+name, err)
	}
	return info, nil
}

func (b *Backup) put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (info backup.Info, err error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return info, err
	}
	s, err := b.connect(ctx)
	if err != nil {
		return info, err
	}
	if err := b.compare(ctx, s, name, over); err != nil {
		return info, err
	}
	temp := path.Join(path.Dir(name), tempName())
	defer func() {
		if err != nil {
			s.removeSoon(b.at(temp))
		}
	}()
	sum, err := b.upload(ctx, s, temp, content, size, timeOf(over))
	if errors.Is(err, fs.ErrPermission) {
		err = backup.BelowRun(name, err)
	}
	if err != nil {
		return info, b.full(ctx, s, err)
	}
	if info, err = b.readBack(ctx, s, temp, size, sum); err != nil {
		return info, fmt.Errorf("read back: %w", err)
	}
	info.Name = name
	return info, b.locked(ctx, s, temp, func(ctx context.Context) error {
		if err := b.compare(ctx, s, name, over); err != nil {
			return err
		}
		return b.rename(ctx, s, temp, name, over)
	})
}

func tempName() string { return durable.TempPrefix + rand.Text() }

// compare returns backup.ErrConflict unless a file has that version.
func (b *Backup) compare(ctx context.Context, s *session, name, version string) error {
	info, err := b.look(ctx, s, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && version == backup.None:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", backup.ErrConflict, err)
	case err != nil:
		return err
	case infoOf(name, info).Version != version:
		return backup.ErrConflict
	}
	return nil
}

// upload writes a temporary file whose time is later than another, and syncs it if the server can. It
// creates the directory if that is missing.
func (b *Backup) upload(ctx context.Context, s *session, temp string, content io.ReaderAt, size int64, than time.Time) (sum [sha256.Size]byte, err error) {
	f, err := b.create(ctx, s, temp)
	if err != nil {
		return sum, err
	}
	hash := sha256.New()
	all, buffer := io.NewSectionReader(content, 0, size), make([]byte, min(size, chunk))
	for at := int64(0); at < size && err == nil; at += int64(len(buffer)) {
		buffer = buffer[:min(size-at, chunk)]
		if _, err = io.ReadFull(all, buffer); errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err == nil {
			hash.Write(buffer)
			_, err = ask(ctx, s, func() (int, error) { return f.WriteAt(buffer, at) })
		}
	}
	if err == nil {
		err = b.finish(ctx, s, f, temp, than)
	}
	if err != nil {
		s.discard(f)
		return sum, err
	}
	return [sha256.Size]byte(hash.Sum(nil)), tell(ctx, s, f.Close)
}

// finish gives a file its time and syncs it.
func (b *Backup) finish(ctx context.Context, s *session, f *sftp.File, name string, than time.Time) error {
	info, err := ask(ctx, s, f.Stat)
	if err != nil {
		return err
	}
	const ahead = time.Hour // no put has set a time further in the future
	if now := info.ModTime(); !now.After(than) && than.Sub(now) < ahead {
		next := than.Add(time.Second)
		if err := tell(ctx, s, func() error { return s.Chtimes(b.at(name), next, next) }); err != nil {
			return fmt.Errorf("set the time: %w", err)
		}
	}
	if !s.offers(syncFile) {
		return nil
	}
	return tell(ctx, s, f.Sync)
}

// create creates a temporary file, and the directories below the place if they are missing.
func (b *Backup) create(ctx context.Context, s *session, temp string) (*sftp.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := ask(ctx, s, func() (*sftp.File, error) { return s.OpenFile(b.at(temp), flags) })
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	for at, c := range []byte(temp) {
		if c == '/' {
			// If this fails because the directory exists, the file can be created.
			_ = tell(ctx, s, func() error { return s.Mkdir(b.at(temp[:at])) })
		}
	}
	return ask(ctx, s, func() (*sftp.File, error) { return s.OpenFile(b.at(temp), flags) })
}

// readBack checks that a file has the content that was written, and describes it.
func (b *Backup) readBack(ctx context.Context, s *session, temp string, size int64, want [sha256.Size]byte) (backup.Info, error) {
	f, err := ask(ctx, s, func() (*sftp.File, error) { return s.Client.Open(b.at(temp)) })
	if err != nil {
		return backup.Info{}, err
	}
	defer s.discard(f)
	is, err := ask(ctx, s, f.Stat)
	if err != nil {
		return backup.Info{}, err
	}
	if is.Size() != size {
		return backup.Info{}, fmt.Errorf("it has %d bytes, %d were written", is.Size(), size)
	}
	hash := sha256.New()
	for at := int64(0); at < size; at += piece {
		content, err := readAt(ctx, s, f, at, min(piece, size-at))
		if err != nil {
			return backup.Info{}, err
		}
		hash.Write(content)
	}
	if [sha256.Size]byte(hash.Sum(nil)) != want {
		return backup.Info{}, errors.New("its SHA-256 differs from that of the bytes written; the copy before it stays")
	}
	return infoOf(temp, is), nil
}

// rename replaces the version over of a file with another one. Without the extension for that, a
// reader finds no file for a moment. If the service is killed in it, Sweep puts the version back.
func (b *Backup) rename(ctx context.Context, s *session, from, to, over string) error {
	if s.offers(posixRename) {
		return tell(ctx, s, func() error { return s.PosixRename(b.at(from), b.at(to)) })
	}
	err := tell(ctx, s, func() error { return s.Rename(b.at(from), b.at(to)) })
	if _, refused := errors.AsType[*sftp.StatusError](err); !refused || over == backup.None {
		return err
	}
	aside := asideOf(to)
	s.removeSoon(b.at(aside)) // a killed service may have left it; the file is newer
	if err := tell(ctx, s, func() error { return s.Rename(b.at(to), b.at(aside)) }); err != nil {
		return err
	}
	if err := tell(ctx, s, func() error { return s.Rename(b.at(from), b.at(to)) }); err != nil {
		return errors.Join(err, tell(ctx, s, func() error { return s.Rename(b.at(aside), b.at(to)) }))
	}
	s.removeSoon(b.at(aside))
	return nil
}

// asidePrefix begins the name of a file that is being replaced. The rest is its own name.
const asidePrefix = durable.TempPrefix + "replaced-"

// asideOf returns the temporary name of a file while it is replaced.
func asideOf(name string) string {
	const longest = 255 // bytes of a name
	dir, base := path.Split(name)
	if len(asidePrefix)+len(base) > longest {
		return path.Join(dir, tempName())
	}
	return path.Join(dir, asidePrefix+base)
}

// replacedBy returns the name of the file that asideOf has named; ok is false for other names.
func replacedBy(aside string) (name string, ok bool) {
	dir, base := path.Split(aside)
	base, ok = strings.CutPrefix(base, asidePrefix)
	return dir + base, ok && backup.CheckName(dir+base) == nil
}

// removeSoon removes a temporary file, even after the context of an operation has ended. It sends the
// request before any later one, but does not wait long for the answer. If the server does not remove
// the file, Sweep does so after a day.
func (s *session) removeSoon(at string) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timing.remove)
	defer cancel()
	_ = tell(ctx, s, func() error { return s.Client.Remove(at) })
}

// Remove removes a file.
func (b *Backup) Remove(ctx context.Context, name, version string) error {
	err := errors.Join(ctx.Err(), backup.CheckName(name))
	if err != nil {
		return b.failed(ctx, "remove "+name, err)
	}
	s, err := b.connect(ctx)
	if err == nil {
		err = b.compare(ctx, s, name, version)
	}
	if err == nil {
		err = b.locked(ctx, s, "", func(ctx context.Context) error {
			if err := b.compare(ctx, s, name, version); err != nil {
				return err
			}
			return backup.BelowRun(name, tell(ctx, s, func() error { return s.Client.Remove(b.at(name)) }))
		})
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return b.failed(ctx, "remove "+name, err)
}

// full says that the server has no room, if that is why it refused something: the protocol has no
// code for it.
func (b *Backup) full(ctx context.Context, s *session, err error) error {
	if _, refused := errors.AsType[*sftp.StatusError](err); !refused {
		return err
	}
	if errors.Is(err, errFull) {
		return err
	}
	if there, statErr := ask(ctx, s, func() (*sftp.StatVFS, error) { return s.StatVFS(b.root) }); statErr == nil && (there.Bavail == 0 || there.Favail == 0) {
		return fmt.Errorf("%w (%w)", errFull, err)
	}
	return err
}

var errFull = errors.New("no space left on the server; make room there")

// isTemp reports whether a path below the place names a temporary file.
func isTemp(name string) bool {
	return fs.ValidPath(strings.ToValidUTF8(name, "?")) && !strings.ContainsRune(name, 0) && durable.IsTemp(path.Base(name))
}
