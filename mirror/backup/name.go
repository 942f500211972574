package backup

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"statsmirror/store/durable"
)

// CheckName returns an error if name cannot name a file of a catalog.
func CheckName(name string) error {
	utf8 := strings.ToValidUTF8(name, "?") // because fs.ValidPath wants UTF-8 and a name need not be
	if !fs.ValidPath(utf8) || name == "." || strings.ContainsRune(name, 0) || durable.IsTemp(path.Base(name)) {
		return fmt.Errorf("invalid name %q in backup", name)
	}
	return nil
}

// CheckPrefix returns an error unless prefix can be listed: it must be empty, or the name of a
// directory followed by a slash.
func CheckPrefix(prefix string) error {
	if dir, ok := strings.CutSuffix(prefix, "/"); prefix != "" && (!ok || CheckName(dir) != nil) {
		return fmt.Errorf("invalid prefix %q in backup", prefix)
	}
	return nil
}
