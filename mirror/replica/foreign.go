package replica

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
)

// spareForeign makes retention spare the backup if it holds runs and neither this catalog nor the
// service in its lease has ever written to it.
func (r *Replica) spareForeign(ctx context.Context, there lease) error {
	location := r.backup.String()
	if r.told || r.empty || there.sameService(leaseOf(r.catalog)) || r.catalog.WroteTo(location) || r.catalog.Spares(location) {
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
		return r.catalog.Spare(location)
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
