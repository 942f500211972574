package durable

import (
	"errors"
	"io/fs"
	"os"
)

// file is a file being written.
type file struct {
	*os.File
	root *os.Root
	name string
}

func create(root *os.Root, name string, perm fs.FileMode) (*file, error) {
	if err := intercepted(root, Op{Kind: OpCreate, Path: name}); err != nil {
		return nil, err
	}
	f, err := makeFile(root, name, os.O_WRONLY, perm)
	if err != nil {
		return nil, err
	}
	return &file{f, root, name}, nil
}

func (f *file) Write(p []byte) (int, error) {
	if err := intercepted(f.root, Op{Kind: OpWrite, Path: f.name, Data: p}); err != nil {
		n, writeErr := f.File.Write(p[:len(p)/2])
		return n, errors.Join(err, writeErr)
	}
	return f.File.Write(p)
}

func (f *file) writeAt(p []byte, at int64) error {
	if err := intercepted(f.root, Op{Kind: OpWrite, Path: f.name, Data: p}); err != nil {
		_, writeErr := f.WriteAt(p[:len(p)/2], at)
		return errors.Join(err, writeErr)
	}
	_, err := f.WriteAt(p, at)
	return err
}

func (f *file) Sync() error {
	if err := intercepted(f.root, Op{Kind: OpSync, Path: f.name}); err != nil {
		return err
	}
	return f.File.Sync()
}

func rename(root *os.Root, from, to string) error {
	if err := intercepted(root, Op{Kind: OpRename, Path: from, To: to}); err != nil {
		return err
	}
	return root.Rename(from, to)
}

func remove(root *os.Root, name string) error {
	if err := intercepted(root, Op{Kind: OpRemove, Path: name}); err != nil {
		return err
	}
	return root.Remove(name)
}

func mkdir(root *os.Root, dir string) error {
	if err := intercepted(root, Op{Kind: OpMkdir, Path: dir}); err != nil {
		return err
	}
	return makeDir(root, dir, 0o755)
}
