package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Log is an append-only file. After a power cut any part of it may be torn or gone. Only one
// goroutine at a time may use it.
type Log struct {
	file *file
	size int64
}

// OpenLog opens or creates the log name. It keeps the first size bytes and cuts off the rest.
func OpenLog(root *os.Root, name string, size int64) (*Log, error) {
	l, err := openLog(root, name, size)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return l, nil
}

func openLog(root *os.Root, name string, size int64) (*Log, error) {
	opened, err := root.OpenFile(name, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		f, err := create(root, name, ordinary)
		return &Log{file: f}, err
	}
	if err != nil {
		return nil, err
	}
	if err := opened.Truncate(size); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &Log{&file{opened, root, name}, size}, nil
}

// Size returns the size of the log in bytes.
func (l *Log) Size() int64 { return l.size }

// Append appends p. It overwrites the bytes that a failed Append left.
func (l *Log) Append(p []byte) error {
	if err := l.file.writeAt(p, l.size); err != nil {
		return fmt.Errorf("write %s: %w", l.file.name, err)
	}
	l.size += int64(len(p))
	return nil
}

// Close closes the log without syncing it.
func (l *Log) Close() error { return l.file.Close() }
