package mirror

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

// fake is a backup in memory that fails and hangs when it is told to.
type fake struct {
	name string

	mu    sync.Mutex
	files map[string][]byte
	fail  func(operation, name string) error // nil for a backup that works
	hang  chan struct{}                      // calls wait until it is closed, whatever their context says
	puts  int
}

var _ backup.Backup = (*fake)(nil)

func newFake(name string) *fake { return &fake{name: name, files: map[string][]byte{}} }

func (f *fake) String() string { return f.name }

func (f *fake) begin(ctx context.Context, operation, name string) error {
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

// set changes how the backup behaves.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// refuse makes an operation fail on names that end in a suffix.
func (f *fake) refuse(operation, suffix, reason string) {
	f.set(func() {
		f.fail = func(op, name string) error {
			if op == operation && strings.HasSuffix(name, suffix) {
				return errors.New(reason)
			}
			return nil
		}
	})
}

func (f *fake) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	if err := f.begin(ctx, "put", name); err != nil {
		return backup.Info{}, err
	}
	b, err := io.ReadAll(io.NewSectionReader(content, 0, size))
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.version(name) != over {
		return backup.Info{}, fmt.Errorf("put %s: %w", name, backup.ErrConflict)
	}
	f.files[name] = b
	if name != leaseName {
		f.puts++
	}
	return describe(name, b), err
}

// version returns the version of a file. The caller has the mutex.
func (f *fake) version(name string) string {
	if b, ok := f.files[name]; ok {
		return describe(name, b).Version
	}
	return backup.None
}

func (f *fake) Remove(ctx context.Context, name, version string) error {
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

func describe(name string, b []byte) backup.Info {
	return backup.Info{Name: name, Size: int64(len(b)), Version: fmt.Sprintf("%x", sha256.Sum256(b))}
}

func (f *fake) Open(ctx context.Context, name string) (backup.File, error) {
	if err := f.begin(ctx, "open", name); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return fakeFile{bytes.NewReader(b), describe(name, b)}, nil
}

func (f *fake) List(ctx context.Context, prefix string, do func(backup.Info) error) error {
	if err := f.begin(ctx, "list", prefix); err != nil {
		return err
	}
	for _, info := range f.infos(prefix) {
		if err := do(info); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) infos(prefix string) (all []backup.Info) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		if strings.HasPrefix(name, prefix) {
			all = append(all, describe(name, f.files[name]))
		}
	}
	return all
}

func (f *fake) Check(ctx context.Context) error { return f.begin(ctx, "check", "") }

type fakeFile struct {
	*bytes.Reader
	info backup.Info
}

func (f fakeFile) Info() backup.Info { return f.info }

func (fakeFile) Close() error { return nil }

func (f *fake) content(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.files[name]
}

// names lists what the backup holds of runs.
func (f *fake) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.files)), func(name string) bool { return name == leaseName })
}
