package backuptest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"statsmirror/mirror/backup"
)

// Fake is a backup in memory that fails and hangs on request. Its methods may be called
// concurrently.
type Fake struct {
	name string

	mu    sync.Mutex
	files map[string][]byte // the contents are never changed, only replaced
	fail  func(operation, name string) error
	hang  chan struct{}
	puts  int
}

var _ backup.Backup = (*Fake)(nil)

// NewFake returns an empty backup that works. Its String method returns name.
func NewFake(name string) *Fake { return &Fake{name: name, files: map[string][]byte{}} }

// Fail makes each operation ("put", "remove", "open", "list", "check") first call with, passing the
// operation's name or prefix. If with returns an error, the operation fails with it. If with is
// nil, the backup works again.
func (f *Fake) Fail(with func(operation, name string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = with
}

// Refuse makes an operation fail on names that end in a suffix.
func (f *Fake) Refuse(operation, suffix, reason string) {
	f.Fail(func(op, name string) error {
		if op == operation && strings.HasSuffix(name, suffix) {
			return errors.New(reason)
		}
		return nil
	})
}

// Hang makes all operations wait until resume is called, even after their context has ended.
func (f *Fake) Hang() (resume func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hang := make(chan struct{})
	f.hang = hang
	return func() { close(hang) }
}

// Content returns the content of a file; nil if the file does not exist.
func (f *Fake) Content(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Clone(f.files[name])
}

// Has reports whether a file exists.
func (f *Fake) Has(name string) bool {
	_, exists := f.Files()[name]
	return exists
}

// Write replaces the content of a file, as another writer does.
func (f *Fake) Write(name string, content []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[name] = append([]byte{}, content...)
}

// Delete deletes a file if it exists, as another writer does.
func (f *Fake) Delete(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, name)
}

// Files returns the content of each file by its name. The contents must not be changed.
func (f *Fake) Files() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.files)
}

// SetFiles replaces all files.
func (f *Fake) SetFiles(files map[string][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = map[string][]byte{}
	maps.Copy(f.files, files)
}

// Names returns the names of the files in directories, in order. It leaves out a lease, which is at
// the top.
func (f *Fake) Names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.Files())), atTop)
}

// Puts returns how often Put has stored files that Names may return.
func (f *Fake) Puts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.puts
}

func atTop(name string) bool { return !strings.Contains(name, "/") }

// Info returns the Info of a file in a [Fake].
func Info(name string, content []byte) backup.Info {
	return backup.Info{Name: name, Size: int64(len(content)), Version: fmt.Sprintf("%x", sha256.Sum256(content))}
}

func (f *Fake) String() string { return f.name }

// begin hangs or fails if the test wants that. It refuses names that are not valid in a backup.
func (f *Fake) begin(ctx context.Context, operation, name string) error {
	var err error
	switch operation {
	case "put", "remove", "open":
		err = backup.CheckName(name)
	case "list":
		err = backup.CheckPrefix(name)
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	hang, fail := f.hang, f.fail
	f.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if fail != nil {
		if err := fail(operation, name); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Put implements [backup.Backup].
func (f *Fake) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	if err := f.begin(ctx, "put", name); err != nil {
		return backup.Info{}, err
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, io.NewSectionReader(content, 0, size), size); err != nil {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, err)
	}
	if err := ctx.Err(); err != nil { // ctx may have ended during the read
		return backup.Info{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.version(name) != over {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, backup.ErrConflict)
	}
	f.files[name] = b.Bytes()
	if !atTop(name) {
		f.puts++
	}
	return Info(name, b.Bytes()), nil
}

// version returns the version of a file. The caller must hold the mutex.
func (f *Fake) version(name string) string {
	if b, ok := f.files[name]; ok {
		return Info(name, b).Version
	}
	return backup.None
}

// Remove implements [backup.Backup].
func (f *Fake) Remove(ctx context.Context, name, version string) error {
	if err := f.begin(ctx, "remove", name); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if is := f.version(name); is != backup.None && is != version {
		return fmt.Errorf("remove %s: %w", name, backup.ErrConflict)
	}
	delete(f.files, name)
	return nil
}

// Open implements [backup.Reader].
func (f *Fake) Open(ctx context.Context, name string) (backup.File, error) {
	if err := f.begin(ctx, "open", name); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return fakeFile{bytes.NewReader(b), Info(name, b)}, nil
}

// List implements [backup.Reader].
func (f *Fake) List(ctx context.Context, prefix string, do func(backup.Info) error) error {
	if err := f.begin(ctx, "list", prefix); err != nil {
		return err
	}
	files := f.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := do(Info(name, files[name])); err != nil {
			return err
		}
	}
	return nil
}

// Check implements [backup.Backup].
func (f *Fake) Check(ctx context.Context) error { return f.begin(ctx, "check", "") }

type fakeFile struct {
	*bytes.Reader
	info backup.Info
}

func (f fakeFile) Info() backup.Info { return f.info }

func (fakeFile) Close() error { return nil }
