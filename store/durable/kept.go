package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// KeptPrefix begins the second name of a file that is kept while another takes its place. It is
// also the prefix of a temporary file.
const KeptPrefix = TempPrefix + "kept-"

// besidePrefix begins the name of a kept file that could not be put back. People decide about it.
const besidePrefix = TempPrefix + "beside-"

// ErrChanged means that a file changed after it was examined: another program writes it.
var ErrChanged = errors.New("the file has changed meanwhile; a program may be writing it")

// Kept is a replaced file. A process that has it open still writes to it.
type Kept struct {
	root   *os.Root
	name   string
	other  string   // its second name; "" if the file system has no links
	file   *os.File // to read it if it has no second name; nil if it may not be read
	before fs.FileInfo
}

// Keep gives the file name, which info describes, a second name in its directory. The error is
// ErrChanged if info no longer describes it.
func Keep(root *os.Root, name string, info fs.FileInfo) (*Kept, error) {
	k := &Kept{root: root, name: name, before: info}
	k.file, _ = root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	other := path.Join(path.Dir(name), randomName(KeptPrefix))
	if root.Link(name, other) == nil {
		k.other = other
	}
	if changed, err := k.Changed(); err != nil || changed {
		if err == nil {
			err = ErrChanged
		}
		return nil, errors.Join(err, k.Discard())
	}
	return k, nil
}

// Changed reports whether the file has been written since Keep.
func (k *Kept) Changed() (bool, error) {
	switch {
	case k.other != "":
		now, err := k.root.Lstat(k.other)
		return err == nil && !unchanged(k.before, now), err
	case k.file != nil:
		now, err := k.file.Stat()
		return err == nil && !unchanged(k.before, now), err
	}
	return false, nil
}

// unchanged reports whether both describe one file, not written in between. A second name changes
// only its ctime.
func unchanged(before, now fs.FileInfo) bool {
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}

// PutBack gives the file its name back if its replacement is still as written describes. Otherwise
// the file stays beside it, and PutBack returns the path.
func (k *Kept) PutBack(written fs.FileInfo) (beside string, err error) {
	now, err := k.root.Lstat(k.name)
	if k.other != "" && err == nil && unchanged(written, now) {
		if err = rename(k.root, k.other, k.name); err == nil {
			k.other = ""
			return "", errors.Join(syncDir(k.root, path.Dir(k.name)), k.close())
		}
	}
	if k.other == "" {
		err = k.copyBeside()
	} else if beside := path.Join(path.Dir(k.name), randomName(besidePrefix)); rename(k.root, k.other, beside) == nil {
		k.other = beside
	}
	return k.other, errors.Join(err, k.close())
}

// copyBeside copies a file that has no second name.
func (k *Kept) copyBeside() error {
	if k.file == nil {
		return errors.New("the file may not be read")
	}
	other := path.Join(path.Dir(k.name), randomName(besidePrefix))
	err := replace(k.root, other, private, func(f *file) error {
		if _, err := io.Copy(f, io.NewSectionReader(k.file, 0, 1<<62)); err != nil {
			return err
		}
		return f.Sync()
	})
	if err == nil {
		k.other = other
	}
	return err
}

// Discard removes the second name.
func (k *Kept) Discard() error {
	err := k.close()
	if k.other != "" {
		err = errors.Join(err, remove(k.root, k.other))
	}
	if err != nil {
		return fmt.Errorf("remove the replaced file: %w", err)
	}
	return nil
}

func (k *Kept) close() error {
	if k.file == nil {
		return nil
	}
	return k.file.Close()
}
