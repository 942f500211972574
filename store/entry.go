package store

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// noFileError is the error of an entry that exists but has no stats file. It matches
// fs.ErrNotExist.
type noFileError struct{ path, reason string }

func (e *noFileError) Error() string        { return e.path + ": " + e.reason }
func (e *noFileError) Is(target error) bool { return target == fs.ErrNotExist }

// sources returns the files of a run's entry with their stamps: the entry itself, or the files
// directly in the directory, except ignored names. The error matches fs.ErrNotExist if there is no
// file, or if the entry is neither a file nor a directory.
func (n *node) sources(ignores func(name string) bool) ([]Source, error) {
	if n.isRegular() {
		return []Source{{Path: n.name, Stamp: n.stamp()}}, nil
	}
	if !n.isDir() {
		return nil, &noFileError{n.name, "not a stats file: neither a file nor a directory"}
	}
	entries, err := n.list()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !ignores(e.Name()) {
			names = append(names, e.Name())
		}
	}
	found, err := statEach(n.fd, names)
	if err != nil {
		return nil, err
	}
	var files []Source
	for _, e := range found {
		if e.Regular {
			files = append(files, Source{Path: path.Join(n.name, e.Name), Stamp: e.Stamp})
		}
	}
	if len(files) == 0 {
		return nil, &noFileError{n.name, "no stats file in the directory"}
	}
	return files, nil
}

// list lists a directory in order of name.
func (n *node) list() ([]fs.DirEntry, error) {
	d, err := n.dir()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: d.Name(), Err: cause(err)}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// openFile opens one of the files of a run's entry for reading. Nothing but that regular file is
// opened. The error is errChanged if the name now has another file, a changed file, or none.
func (n *node) openFile(file Source) (*node, error) {
	if n.isDir() {
		found, err := n.open(path.Base(file.Path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errChanged
		}
		if err != nil {
			return nil, err
		}
		defer found.close()
		n = found
	}
	if !n.isRegular() {
		return nil, errChanged
	}
	f, err := n.reopen()
	if err != nil {
		return nil, err
	}
	if f.stamp() != file.Stamp {
		f.close()
		return nil, errChanged
	}
	return f, nil
}

// cause returns the cause of a PathError, without its operation and path.
func cause(err error) error {
	if e, ok := err.(*fs.PathError); ok { //nolint:errorlint // only the outermost one repeats the path
		return e.Err
	}
	return err
}
