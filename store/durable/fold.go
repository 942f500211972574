package durable

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Names looks up names as a file system does. An *os.Root is one; tests have others.
type Names interface {
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Lstat(name string) (fs.FileInfo, error)
	Remove(name string) error
}

var _ Names = (*os.Root)(nil)

// Folds returns in what way the file system of a directory treats different names as one; "" if it
// does not. It creates a temporary file there for a moment; no other process may call it for that
// directory meanwhile. If it cannot create the file, it returns "".
func Folds(in Names, dir string) string {
	const probe = TempPrefix + "names"
	for _, pair := range []struct{ what, name, other string }{
		{"case", probe, strings.ToUpper(probe)},
		{"the form of Unicode", probe + "\u00e9", probe + "e\u0301"},
	} {
		if isOne(in, path.Join(dir, pair.name), path.Join(dir, pair.other)) {
			return pair.what
		}
	}
	return ""
}

func isOne(in Names, name, other string) bool {
	f, err := in.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	_ = f.Close() // nothing was written
	_, err = in.Lstat(other)
	_ = in.Remove(name) // else the next probe does
	return err == nil
}

// Spelled reports whether an existing name is spelled that way in its directory. A file system that
// folds names may list it in another spelling.
func Spelled(in Names, name string) (bool, error) {
	dir, base := path.Split(name)
	if strings.IndexFunc(base, notASCII) < 0 && !HasOtherCase(in, name) {
		return true, nil
	}
	d, err := OpenDir(in, path.Clean(dir))
	if err != nil {
		return false, err
	}
	defer d.Close()
	spelled := false
	err = InParts(d.Readdirnames, func(names []string) error {
		spelled = spelled || slices.Contains(names, base)
		return nil
	})
	return spelled, err
}

func notASCII(r rune) bool { return r > 0x7f }

// HasOtherCase reports whether a file exists, perhaps a different one, under a name whose last part
// differs in case.
func HasOtherCase(in Names, name string) bool {
	dir, base := path.Split(name)
	other := strings.ToUpper(base)
	if other == base {
		other = strings.ToLower(base)
	}
	if other == base {
		return false
	}
	_, err := in.Lstat(dir + other)
	return err == nil
}
