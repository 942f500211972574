package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"statsmirror/store/durable"
)

// sparedDir is the directory of a catalog with a file for each spared backup. A spared backup held
// runs before this catalog first wrote there, and another service wrote there last. Its place may
// have been given by mistake. The catalog adopts its runs and copies its own runs there, but
// retention removes nothing there until the user allows it.
const sparedDir = "spared"

// sparedPath returns the name of the file for a location. Its content is for people.
func sparedPath(location string) string {
	sum := sha256.Sum256([]byte(location))
	return path.Join(sparedDir, hex.EncodeToString(sum[:]))
}

// Spare makes retention remove nothing in a backup, until Unspare.
func (c *Catalog) Spare(location string) error {
	err := durable.MkdirAll(c.root, sparedDir)
	if err == nil {
		err = durable.WriteFile(c.root, sparedPath(location), func(w io.Writer) error { _, err := io.WriteString(w, location+"\n"); return err })
	}
	if err != nil {
		return fmt.Errorf("record that retention spares %s: %w", location, err)
	}
	return nil
}

// Unspare makes retention apply to a backup.
func (c *Catalog) Unspare(location string) error {
	if !c.Spares(location) {
		return nil
	}
	if err := durable.Remove(c.root, sparedPath(location)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("record that retention applies to %s: %w", location, err)
	}
	return nil
}

// Spares reports whether retention removes nothing in a backup.
func (c *Catalog) Spares(location string) bool {
	_, err := c.root.Lstat(sparedPath(location))
	return !errors.Is(err, fs.ErrNotExist)
}

// WroteTo reports whether a backup is known to have a copy of any run.
func (c *Catalog) WroteTo(location string) bool {
	for _, run := range c.Runs() {
		if has, _ := c.Copies(run, location); len(has) > 0 {
			return true
		}
	}
	return false
}
