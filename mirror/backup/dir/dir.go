// Package dir is a backup in a directory: a second disk, a mounted share.
package dir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/store/durable"
)

// Backup is a directory. Each call opens it again, because a mount may come later, go, and come
// back. Changes at the same time share one opening.
type Backup struct {
	path     string
	names    func(*os.Root) durable.Names // the root itself, except in tests
	left     backup.Left                  // old temporary files
	entering chan struct{}                // held while waiting for a turn

	mu     sync.Mutex
	turn   *turn     // nil while nothing changes
	resume time.Time // before which no turn begins
}

var _ backup.Backup = (*Backup)(nil)

// New returns the backup in the directory at path. Check creates the last element of path if its
// parent exists. Put never creates it: a directory that held copies before may be an empty mount
// point now.
func New(path string) *Backup {
	return &Backup{path: path, names: func(root *os.Root) durable.Names { return root }, entering: make(chan struct{}, 1)}
}

// String returns the path that New got.
func (b *Backup) String() string { return b.path }

// Check creates and removes a temporary file. It first creates the directory if that is missing.
func (b *Backup) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	root, err := b.make()
	if err != nil {
		return err
	}
	defer root.Close()
	name := durable.TempPrefix + rand.Text()
	if err := durable.WriteFile(root, name, func(w io.Writer) error { _, err := io.WriteString(w, "check"); return err }); err != nil {
		return fmt.Errorf("check %s: %w", b, err)
	}
	_, err = durable.IsEmpty(root, ".") // reads its first entry
	if err := errors.Join(err, durable.Remove(root, name)); err != nil {
		return fmt.Errorf("check %s: %w", b, err)
	}
	return nil
}

// Open opens the regular file called name.
func (b *Backup) Open(ctx context.Context, name string) (backup.File, error) {
	if err := errors.Join(ctx.Err(), backup.CheckName(name)); err != nil {
		return nil, err
	}
	root, err := b.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := b.checkIsThere(root, name); err != nil {
		return nil, err
	}
	return openRegular(root, name)
}

type file struct {
	*os.File
	info backup.Info
}

func (f *file) Info() backup.Info { return f.info }

// openRegular opens a regular file. It does not follow links.
func openRegular(root *os.Root, name string) (*file, error) {
	var err error
	for range 10 { // a service may replace it meanwhile
		var info fs.FileInfo
		if info, err = root.Lstat(name); err != nil {
			return nil, backup.BelowRun(name, err)
		}
		if err := backup.CheckRegular(info); err != nil { // opening a link would follow it
			return nil, fmt.Errorf("open %s: %w", name, err)
		}
		var f *file
		if f, err = openSame(root, name, info); !errors.Is(err, errReplaced) {
			return f, err
		}
	}
	return nil, err
}

var errReplaced = errors.New("was replaced meanwhile")

// openSame opens the file that info describes, and no other.
func openSame(root *os.Root, name string, info fs.FileInfo) (*file, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // so that a named pipe does not block
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: %w", backup.ErrEntry, err)
	}
	if err != nil {
		return nil, err
	}
	is, err := f.Stat()
	if err == nil && !os.SameFile(is, info) {
		err = fmt.Errorf("open %s: %w", name, errReplaced)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{f, infoOf(name, is)}, nil
}

// open opens the directory, which must exist.
func (b *Backup) open() (*os.Root, error) {
	root, err := os.OpenRoot(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open backup %s: %w; mount it or create the directory", b.path, backup.ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("open backup %s: %w", b.path, err)
	}
	return root, nil
}

// make opens the directory, and creates its last element if necessary.
func (b *Backup) make() (*os.Root, error) {
	root, err := b.open()
	if !errors.Is(err, backup.ErrAbsent) {
		return root, err
	}
	above, base := filepath.Split(filepath.Clean(b.path))
	if above == "" {
		above = "."
	}
	parent, err := os.OpenRoot(above)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open backup %s: %w, nor does its parent %s; mount it or create the directory", b.path, backup.ErrAbsent, filepath.Clean(above))
	}
	if err != nil {
		return nil, fmt.Errorf("open parent of backup %s: %w", b.path, err)
	}
	defer parent.Close()
	if err := durable.MkdirAll(parent, base); err != nil {
		return nil, fmt.Errorf("make backup %s: %w", b.path, err)
	}
	return b.open()
}
