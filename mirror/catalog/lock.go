package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"statsmirror/store/durable"
)

// LockedError means that another process has the catalog open. Trying again helps once that process
// has ended.
type LockedError struct {
	Dir    string
	Holder string // its process number; "" if unknown
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the catalog %s is in use by %s: stop it first, or name another state directory", e.Dir, e.By())
}

// By names the process that has the catalog open.
func (e *LockedError) By() string {
	if e.Holder == "" {
		return "another process"
	}
	return "process " + e.Holder
}

// ErrLocked is matched by every *LockedError.
var ErrLocked = errors.New("the catalog is in use by another process")

// Is reports whether target is ErrLocked.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// acquireLock locks the catalog until the file is closed, or the process ends.
func acquireLock(root *os.Root) (*os.File, error) {
	f, err := durable.OpenLock(root, "lock")
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		time.Sleep(checkTakes)
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = &LockedError{Dir: root.Name(), Holder: holder(f)}
	} else if err == nil {
		err = writeHolder(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// checkTakes is longer than CheckLock holds the lock.
const checkTakes = 20 * time.Millisecond

// CheckLock returns a *LockedError if a process has the catalog in root open.
func CheckLock(root *os.Root) error {
	f, err := root.Open("lock")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errors.Join(&LockedError{Dir: root.Name(), Holder: holder(f)}, f.Close())
	}
	return errors.Join(err, releaseLock(f))
}

// releaseLock unlocks before it closes, because a child process that is just starting may also have
// the file open.
func releaseLock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}

func writeHolder(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(f, "%d\n", os.Getpid())
	return err
}

func holder(f *os.File) string {
	var pid [20]byte
	n, _ := f.ReadAt(pid[:], 0) // "" if it cannot be read
	return strings.TrimSpace(string(pid[:n]))
}
