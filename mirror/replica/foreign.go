package replica

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
)

// spareForeign makes retention spare a backup if it holds runs and the catalog has never written to
// it.
func spareForeign(ctx context.Context, c *catalog.Catalog, b backup.Backup) error {
	if c.WroteTo(b.String()) || c.Spares(b.String()) {
		return nil
	}
	err := b.List(ctx, "", func(info backup.Info) error {
		if isSnapshot(info) {
			return errFound // one snapshot is enough
		}
		return nil
	})
	switch {
	case errors.Is(err, errFound):
		return c.Spare(b.String())
	case err == nil, errors.Is(err, backup.ErrAbsent):
		return nil
	}
	return fmt.Errorf("list backup: %w", err)
}

func isSnapshot(info backup.Info) bool { return strings.HasSuffix(info.Name, snapshot.Suffix) }

var errFound = errors.New("found")

// errSpared says why retention removes nothing in a backup.
var errSpared = errors.New("nothing was removed there, because it held runs of another catalog before this one first wrote there; " +
	"if it is the right place, stop the service and run \"statsmirror prune --yes\" once; \"prune --dry-run\" shows what it would remove")
