package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

const window = 256 << 10 // bytes, as the decoder reads

// read reads a file and ignores the content.
func read(args []string) error {
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, window)
	for {
		if _, err := f.Read(buf); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// lanes is how many files copies has in hand at a time, so that the file system's journal can group
// their fsyncs.
const lanes = 16

// copies copies each file of a directory into another one durably.
func copies(args []string) error {
	from, to := args[0], args[1]
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	var copying errgroup.Group
	copying.SetLimit(lanes)
	for _, e := range entries {
		copying.Go(func() error { return copyDurably(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())) })
	}
	return copying.Wait()
}

// copyDurably copies a small file, with fsync, rename, and the fsync of the directory.
func copyDurably(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	temporary, err := os.Create(to + ".tmp")
	if err != nil {
		return err
	}
	defer temporary.Close()
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Sync(), temporary.Close(), os.Rename(to+".tmp", to)); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
