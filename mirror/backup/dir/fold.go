package dir

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// checkFree returns an error if the file system treats name, or a directory in it, as an existing
// one with a different spelling. Shares, and file systems of other platforms, may ignore the case
// of names.
func (b *Backup) checkFree(root *os.Root, name string) error {
	is, err := misspelled(b.names(root), name)
	if err != nil {
		return backup.BelowRun(name, err)
	}
	if is != "" {
		return fmt.Errorf("%w: the backup's file system cannot distinguish %s from a name that differs in case or in the form of Unicode; "+
			"put the backup on a file system that can, or give one of the runs another name", backup.ErrEntry, is)
	}
	return nil
}

// checkIsThere returns an error that matches fs.ErrNotExist if name only finds a file with a
// different spelling.
func (b *Backup) checkIsThere(root *os.Root, name string) error {
	in := b.names(root)
	if top, _, _ := strings.Cut(name, "/"); !durable.HasOtherCase(in, top) {
		return nil // the usual case: it does not fold names
	}
	is, err := misspelled(in, name)
	if err == nil && is != "" {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return err
}

// misspelled returns the first part of a path that exists, but with a different spelling. It
// returns "" if no part is.
func misspelled(in durable.Names, name string) (string, error) {
	for end := range len(name) + 1 {
		if end < len(name) && name[end] != '/' {
			continue
		}
		part := name[:end]
		if _, err := in.Lstat(part); err != nil {
			return "", nil //nolint:nilerr // it does not exist, or using it will report the error
		}
		if spelled, err := durable.Spelled(in, part); err != nil || !spelled {
			return part, err
		}
	}
	return "", nil
}
