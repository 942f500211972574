package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// sparedDir is the directory of a catalog that has a file for each spared backup. Such a
// backup held runs before this catalog first wrote there, and the service that wrote there
// last was another one: its place may have been named by mistake. The catalog
// adopts its runs and copies its own runs there, but retention removes nothing there until the
// user allows it.
const sparedDir = "spared"

// sparedPath returns the name of the file for a location. Its content is for people.
func sparedPath(location string) string {
	sum := sha256.Sum256([]byte(location))
	return path.Join(sparedDir, hex.EncodeToString(sum[:]))
}

func (c *Catalog) spare(location string) error {
	err := durable.MkdirAll(c.root, sparedDir)
	if err == nil {
		err = durable.WriteFile(c.root, sparedPath(location), func(w io.Writer) error { _, err := io.WriteString(w, location+"\n"); return err })
	}
	if err != nil {
		return fmt.Errorf("note that retention spares %s: %w", location, err)
	}
	return nil
}

// unspare has retention apply to a backup.
func (c *Catalog) unspare(location string) error {
	if !c.spares(location) {
		return nil
	}
	if err := durable.Remove(c.root, sparedPath(location)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("note that retention applies to %s: %w", location, err)
	}
	return nil
}

// spares reports whether retention removes nothing in a backup.
func (c *Catalog) spares(location string) bool {
	_, err := c.root.Lstat(sparedPath(location))
	return !errors.Is(err, fs.ErrNotExist)
}

// wroteTo reports whether any copy of a run is known to be in a backup.
func (c *Catalog) wroteTo(location string) bool {
	for _, run := range c.Runs() {
		if has, _ := c.copies(run, location); len(has) > 0 {
			return true
		}
	}
	return false
}

// spareForeign has retention spare the backup if it holds runs and neither this catalog nor
// the service whose lease is there has ever written to it.
func (r *replica) spareForeign(ctx context.Context, there lease) error {
	location := r.backup.String()
	if r.told || r.empty || there.sameService(r.catalog.lease()) || r.catalog.wroteTo(location) || r.catalog.spares(location) {
		return nil
	}
	err := r.backup.List(ctx, "", func(info backup.Info) error {
		if isSnapshot(info) {
			return errFound // one snapshot is enough
		}
		return nil
	})
	switch {
	case errors.Is(err, errFound):
		return r.catalog.spare(location)
	case err == nil, errors.Is(err, backup.ErrAbsent):
		return nil
	}
	return fmt.Errorf("list backup: %w", err)
}

func isSnapshot(info backup.Info) bool { return strings.HasSuffix(info.Name, snapshot.Suffix) }

var errFound = errors.New("found")

// errSpared says why retention removes nothing in a backup.
var errSpared = errors.New("nothing was removed there, because it held runs of another catalog before this one first wrote there; " +
	"if it is the right place, stop the service and run \"statsmirror prune --yes\" once; see what it removes with \"prune --dry-run\"")
