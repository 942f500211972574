package mirror

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Adoption is what a catalog would adopt of a run from a backup to which it has never
// written, and what retention would then remove there. It has adopted from a spared backup
// already.
type Adoption struct {
	Run     string
	Backup  string
	Ended   int     // how many ended generations
	Expired []int64 // those that are not kept
	Spared  bool    // retention spares the backup
}

// Adoptions returns the runs that the catalog in dir would adopt from the backups to which it
// has never written. For these backups and for spared ones, it also returns the generations
// that retention would remove there if the user allowed it. It changes nothing.
func Adoptions(ctx context.Context, dir string, backups []backup.Backup, keep Retention) ([]Adoption, error) {
	c, err := readCatalog(dir)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var all []Adoption
	for _, b := range backups {
		found, err := c.adoptions(ctx, b, keep)
		if err != nil {
			return nil, fmt.Errorf("backup %s: %w", b, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func (c *Catalog) adoptions(ctx context.Context, b backup.Backup, keep Retention) ([]Adoption, error) {
	spared := c.spares(b.String())
	if c.wroteTo(b.String()) && !spared {
		return nil, nil
	}
	a, err := archive.New(b).Listed(ctx)
	if errors.Is(err, backup.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	runs, err := a.Runs(ctx)
	if err != nil {
		return nil, err
	}
	there, err := readLease(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", leaseName, err)
	}
	if there.sameService(c.lease()) && !spared {
		return nil, nil
	}
	var all []Adoption
	for _, run := range runs {
		infos, err := a.Ended(ctx, run)
		if err != nil {
			return nil, err
		}
		var generations []ended
		for _, info := range infos {
			if number, ok := snapshot.GenerationOf(path.Base(info.Name)); ok {
				generations = append(generations, ended{number, endIn(ctx, a, run, number)})
			}
		}
		all = append(all, Adoption{run, b.String(), len(generations), keep.expired(generations, time.Now()), spared})
	}
	return all, nil
}

// endIn returns when a generation in an archive ended: now if its file does not say it,
// because it is adopted only then.
func endIn(ctx context.Context, a *archive.Archive, run string, generation int64) time.Time {
	if m, err := a.Meta(ctx, run, generation); err == nil && m.EndedNano() != 0 {
		return m.Ended
	}
	return time.Now()
}

// checkAdopts returns an error if Prune would adopt runs, or prune a spared backup. Then a
// place may have been named by mistake, and may be another catalog's.
func (m *Mirror) checkAdopts(ctx context.Context) error {
	var refused []string
	for _, r := range m.replicas {
		found, err := m.catalog.adoptions(ctx, r.backup, m.options.Keep)
		if err != nil {
			continue // the pass fails there too, and says so
		}
		switch {
		case len(found) == 0:
		case found[0].Spared:
			refused = append(refused, fmt.Sprintf("%s held runs of another catalog before this one first wrote there", r.backup))
		default:
			refused = append(refused, fmt.Sprintf("%s has %s, and this catalog has never written there", r.backup, store.Count(len(found), "run", "runs")))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("%s: its runs would be pruned; nothing was removed. See them with --dry-run; if it is the right place, give --yes",
		strings.Join(refused, "; "))
}
