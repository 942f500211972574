package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// CheckRegular returns an error for anything but a regular file.
func CheckRegular(info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	is := "a special file"
	switch {
	case info.IsDir():
		is = "a directory"
	case info.Mode()&fs.ModeSymlink != 0:
		is = "a symbolic link"
	case info.Mode()&fs.ModeNamedPipe != 0:
		is = "a pipe"
	}
	return fmt.Errorf("%w: it is %s, not a regular file; move it away", ErrEntry, is)
}

// BelowRun marks an error as concerning one entry if name is in the directory of one run:
// history/RUN may be a link, a file, or closed to the caller.
func BelowRun(name string, err error) error {
	if err == nil || strings.Count(name, "/") < 2 || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrEntry, err)
}
