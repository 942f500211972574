package store

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"statsmirror/store/durable"
)

// listEntry returns the files that the entry name is made of, with their
// stamps: the file itself, or those directly in the directory. The error
// matches fs.ErrNotExist if there are none, also if name is something else.
func listEntry(root *os.Root, name string) ([]Source, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: cause(err)}
	}
	if info.Mode().IsRegular() {
		return []Source{{Path: name, Stamp: StampOf(info)}}, nil
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: notFollowed(info.Mode())}
	}
	entries, err := readDir(root, name)
	if err != nil {
		return nil, err
	}
	var files []Source
	for _, e := range entries {
		if durable.IsTemp(e.Name()) {
			continue
		}
		file := path.Join(name, e.Name())
		info, err := root.Lstat(file)
		if err != nil {
			return nil, &fs.PathError{Op: "stat", Path: file, Err: cause(err)}
		}
		if info.Mode().IsRegular() {
			files = append(files, Source{Path: file, Stamp: StampOf(info)})
		}
	}
	if len(files) == 0 {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fmt.Errorf("no file in the directory: %w", fs.ErrNotExist)}
	}
	return files, nil
}

// readDir lists a directory in order of name.
func readDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	d, err := root.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: cause(err)}
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: name, Err: cause(err)}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// openFile opens the file that file describes; it does not wait for a named
// pipe. changed is true if another or a changed file has its name now, or none.
func openFile(root *os.Root, file Source) (f *os.File, changed bool, err error) {
	f, err = root.OpenFile(file.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if os.IsNotExist(err) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, &fs.PathError{Op: "open", Path: file.Path, Err: cause(err)}
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

// notFollowed says why an entry that is neither file nor directory is taken
// for one that is not there.
func notFollowed(mode fs.FileMode) error {
	if mode&fs.ModeSymlink != 0 {
		return fmt.Errorf("symbolic links are not followed: %w", fs.ErrNotExist)
	}
	return fmt.Errorf("is neither a file nor a directory: %w", fs.ErrNotExist)
}

// cause returns what a PathError is about, without its operation and path.
func cause(err error) error {
	if e, ok := err.(*fs.PathError); ok { //nolint:errorlint // only an outermost one repeats the path
		return e.Err
	}
	return err
}
