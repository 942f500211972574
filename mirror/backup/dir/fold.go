package dir

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// checkFree returns an error if the file system takes a name, or a directory in it, for another
// that exists. Shares, and file systems of other platforms, may ignore the case of names.
func (b *Backup) checkFree(root *os.Root, name string) error {
	is, err := misspelled(b.names(root), name)
	if err != nil {
		return belowRun(name, err)
	}
	if is != "" {
		return fmt.Errorf("%w: the backup's file system takes %s and a name that differs in case, or in the form of Unicode, for one; "+
			"put the backup on a file system that tells them apart, or give one of the runs another name", backup.ErrEntry, is)
	}
	return nil
}

// checkIsThere returns an error that matches fs.ErrNotExist if a name only finds another.
func (b *Backup) checkIsThere(root *os.Root, name string) error {
	in := b.names(root)
	if top, _, _ := strings.Cut(name, "/"); !durable.HasOtherCase(in, top) {
		return nil // mostly: it does not fold names
	}
	is, err := misspelled(in, name)
	if err == nil && is != "" {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return err
}

// misspelled returns the first part of a path that exists, though not with this spelling.
// It returns "" if no part is spelled otherwise.
func misspelled(in durable.Names, name string) (string, error) {
	for end := range len(name) + 1 {
		if end < len(name) && name[end] != '/' {
			continue
		}
		part := name[:end]
		if _, err := in.Lstat(part); err != nil {
			return "", nil //nolint:nilerr // it is not there, or whoever uses it meets the error
		}
		if spelled, err := durable.Spelled(in, part); err != nil || !spelled {
			return part, err
		}
	}
	return "", nil
}
