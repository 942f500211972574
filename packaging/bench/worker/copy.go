package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
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

// copyDurably copies a file to another name, with fsync, rename, and the fsync
// of the directory.
func copyDurably(args []string) error {
	from, to := args[0], args[1]
	content, err := os.Open(from)
	if err != nil {
		return err
	}
	defer content.Close()
	temporary, err := os.Create(to + ".tmp")
	if err != nil {
		return err
	}
	defer temporary.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{temporary}, struct{ io.Reader }{content}, make([]byte, window)); err != nil {
		return err
	}
	if err := errors.Join(temporary.Sync(), temporary.Close(), os.Rename(to+".tmp", to)); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
