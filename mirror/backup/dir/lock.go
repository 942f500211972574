package dir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/store/durable"
)

// lockName is the file that is locked during any change in the directory. No run can have its name,
// because it is that of a temporary file.
const lockName = durable.TempPrefix + "lock"

// lock keeps other processes, and on a share other hosts, from changing the directory until unlock
// is called. If the file system has no locks, lock does nothing: then only the lease keeps others
// out.
func lock(ctx context.Context, root *os.Root) (unlock func(), err error) {
	f, err := durable.OpenLock(root, lockName)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP):
			return func() { _ = errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close()) }, nil // a child process may also have it open
		case !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR):
			return nil, errors.Join(fmt.Errorf("lock: %w", err), f.Close())
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("another process holds the lock: %w", ctx.Err()), f.Close())
		}
	}
}

const lockPoll = 5 * time.Millisecond
