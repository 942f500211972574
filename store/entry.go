package store

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// noFileError is the error of an entry that exists but has no stats file. It matches
// fs.ErrNotExist.
type noFileError struct{ path, reason string }

func (e *noFileError) Error() string        { return e.path + ": " + e.reason }
func (e *noFileError) Is(target error) bool { return target == fs.ErrNotExist }

// listEntry returns the files of the entry name with their stamps: the file itself, or the files
// directly in the directory, except ignored names. The error matches fs.ErrNotExist if there is no
// file, or if name is neither a file nor a directory.
func listEntry(root *os.Root, name string, ignores func(name string) bool) ([]Source, error) {
	entry, err := openPath(root, name)
	if err != nil {
		return nil, err
	}
	defer entry.Close()
	info, err := entry.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() {
		return []Source{{Path: name, Stamp: StampOf(info)}}, nil
	}
	if !info.IsDir() {
		return nil, &noFileError{name, "not a stats file: neither a file nor a directory"}
	}
	dir, err := reopen(entry, os.O_RDONLY|syscall.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	var files []Source
	for _, e := range entries {
		if ignores(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		file := path.Join(name, e.Name())
		if info.Mode().IsRegular() {
			files = append(files, Source{Path: file, Stamp: StampOf(info)})
		}
	}
	if len(files) == 0 {
		return nil, &noFileError{name, "no stats file in the directory"}
	}
	return files, nil
}

// readDir lists a directory in order of name.
func readDir(d *os.File) ([]fs.DirEntry, error) {
	entries, err := d.ReadDir(-1)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: d.Name(), Err: cause(err)}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// openFile opens the file that file describes. It does not wait for a named pipe. changed is true
// if the name now has another file, a changed file, or none.
func openFile(root *os.Root, file Source) (f *os.File, changed bool, err error) {
	found, err := openPath(root, file.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer found.Close()
	if same, err := hasStamp(found, file.Stamp); err != nil || !same {
		return nil, err == nil, err
	}
	if f, err = reopen(found, os.O_RDONLY); err != nil {
		return nil, false, err
	}
	if same, err := hasStamp(f, file.Stamp); err != nil || !same {
		_ = f.Close()
		return nil, err == nil, err
	}
	return f, false, nil
}

func hasStamp(f *os.File, stamp Stamp) (bool, error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	return info.Mode().IsRegular() && StampOf(info) == stamp, nil
}

// cause returns the cause of a PathError, without its operation and path.
func cause(err error) error {
	if e, ok := err.(*fs.PathError); ok { //nolint:errorlint // only the outermost one repeats the path
		return e.Err
	}
	return err
}
