package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/sys/unix"

	"statsmirror/store/durable"
)

// lockName is the file that exists during any change. No run can have its name, because it is that
// of a temporary file. A backup in a directory uses another lock.
const lockName = durable.TempPrefix + "sftp-lock"

// locked calls change while no other writer changes anything. temp is the temporary file that change
// renames; "" for none.
func (b *Backup) locked(ctx context.Context, s *session, temp string, change func(context.Context) error) error {
	select {
	case b.changing <- struct{}{}:
		defer func() { <-b.changing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	since, err := b.lock(ctx, s, temp)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithDeadline(ctx, since.Add(b.timing.hold))
	defer cancel()
	err = change(ctx)
	s.removeSoon(b.at(lockName))
	b.own = temp // if it is there again, the server has not removed it
	return err
}

// lock creates the lock. since is a moment before that.
func (b *Backup) lock(ctx context.Context, s *session, temp string) (since time.Time, err error) {
	var seen heldLock
	for gone := 0; ; {
		since := time.Now()
		err := b.createLock(ctx, s, temp)
		if _, refused := errors.AsType[*sftp.StatusError](err); !refused {
			return since, err // nil, or an error that is not about the lock of another
		}
		held, readErr := b.readLock(ctx, s)
		switch {
		case errors.Is(readErr, fs.ErrNotExist) && gone < 10: // it was released meanwhile
			gone++
		case errors.Is(readErr, fs.ErrNotExist):
			return since, fmt.Errorf("lock: %w", b.full(ctx, s, err))
		case readErr != nil:
			return since, fmt.Errorf("lock: %w", readErr)
		case !held.same(seen):
			seen = held
		case held.temp != "" && held.temp == b.own, held.isOfTheDead(), time.Since(seen.at) >= b.timing.stale:
			if err := b.breakLock(ctx, s, held); err != nil {
				return since, fmt.Errorf("break the lock %s that a writer has left: %w", b.at(lockName), err)
			}
		}
		select {
		case <-time.After(b.timing.poll):
		case <-ctx.Done():
			return since, fmt.Errorf("another writer holds the lock %s: %w", b.at(lockName), ctx.Err())
		}
	}
}

func (b *Backup) createLock(ctx context.Context, s *session, temp string) error {
	f, err := ask(ctx, s, func() (*sftp.File, error) {
		return s.OpenFile(b.at(lockName), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\n%s\n%d\n", temp, hostname(), os.Getpid())
	_, err = ask(ctx, s, func() (int, error) { return f.WriteAt([]byte(text), 0) })
	if _, refused := errors.AsType[*sftp.StatusError](err); refused && temp == "" {
		err = nil // a file can also be removed where the server has no room to write
	}
	if err := errors.Join(err, tell(ctx, s, f.Close)); err != nil {
		s.removeSoon(b.at(lockName))
		return fmt.Errorf("write the lock: %w", b.full(ctx, s, err))
	}
	return nil
}

// heldLock is a lock as it was seen.
type heldLock struct {
	temp string // that its holder renames
	host string // of the holder
	pid  int
	made time.Time
	at   time.Time // when it was first seen
}

func (h heldLock) same(as heldLock) bool {
	return h.temp == as.temp && h.host == as.host && h.pid == as.pid && h.made.Equal(as.made)
}

// isOfTheDead reports whether the holder was a process on this host that no longer exists.
func (h heldLock) isOfTheDead() bool {
	return h.pid > 0 && h.host != "" && h.host == hostname() && errors.Is(unix.Kill(h.pid, 0), unix.ESRCH)
}

func hostname() string {
	name, _ := os.Hostname() // "" names no host, and so no dead process
	return name
}

func (b *Backup) readLock(ctx context.Context, s *session) (heldLock, error) {
	info, err := ask(ctx, s, func() (fs.FileInfo, error) { return s.Lstat(b.at(lockName)) })
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file; remove it")
	}
	if err != nil {
		return heldLock{}, err
	}
	f, err := ask(ctx, s, func() (*sftp.File, error) { return s.Client.Open(b.at(lockName)) })
	if err != nil {
		return heldLock{}, err
	}
	defer s.discard(f)
	text, err := readAt(ctx, s, f, 0, max(0, min(info.Size(), mostPath)))
	held := heldLock{made: info.ModTime(), at: time.Now()}
	lines := append(strings.Split(string(text), "\n"), "", "")
	held.temp, held.host = lines[0], lines[1]
	held.pid, _ = strconv.Atoi(lines[2]) // 0 if the holder was not done
	return held, err
}

// breakLock removes the lock of a writer that has gone, after the file that it was about to rename.
func (b *Backup) breakLock(ctx context.Context, s *session, held heldLock) error {
	if isTemp(held.temp) {
		err := tell(ctx, s, func() error { return s.Client.Remove(b.at(held.temp)) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	now, err := b.readLock(ctx, s)
	if err == nil && now.same(held) {
		err = tell(ctx, s, func() error { return s.Client.Remove(b.at(lockName)) })
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
