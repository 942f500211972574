package replica

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/snapshot"
)

// Adoption is what a catalog would adopt of a run from a backup to which it has never written. It
// includes what retention would then remove there. From a spared backup it has adopted already.
type Adoption struct {
	Run     string
	Backup  string
	Ended   int     // number of ended generations
	Expired []int64 // generations that retention does not keep
	Spared  bool    // retention spares the backup
}

// Adoptions returns the runs that the catalog in dir would adopt from the backups to which it
// has never written. For these backups and for spared ones, it also returns the generations
// that retention would remove there if the user allowed it. It changes nothing.
func Adoptions(ctx context.Context, dir string, backups []backup.Backup, keep catalog.Retention) ([]Adoption, error) {
	c, err := catalog.OpenReadOnly(dir)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var all []Adoption
	for _, b := range backups {
		found, err := adoptions(ctx, c, b, keep)
		if err != nil {
			return nil, fmt.Errorf("backup %s: %w", b, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func adoptions(ctx context.Context, c *catalog.Catalog, b backup.Backup, keep catalog.Retention) ([]Adoption, error) {
	spared := c.Spares(b.String())
	if c.WroteTo(b.String()) && !spared {
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
	if there.sameService(leaseOf(c)) && !spared {
		return nil, nil
	}
	var all []Adoption
	for _, run := range runs {
		infos, err := a.Ended(ctx, run)
		if err != nil {
			return nil, err
		}
		var generations []catalog.Ended
		for _, info := range infos {
			if number, ok := snapshot.GenerationOf(path.Base(info.Name)); ok {
				generations = append(generations, catalog.Ended{Generation: number, At: endIn(ctx, a, run, number)})
			}
		}
		all = append(all, Adoption{run, b.String(), len(generations), keep.Expired(generations, time.Now()), spared})
	}
	return all, nil
}

// endIn returns when a generation in an archive ended. If its file does not say, it ends at its
// adoption, which is now.
func endIn(ctx context.Context, a *archive.Archive, run string, generation int64) time.Time {
	if m, err := a.Meta(ctx, run, generation); err == nil && m.EndedNano() != 0 {
		return m.Ended
	}
	return time.Now()
}

// Adoptions returns the part of the function Adoptions that concerns this backup.
func (r *Replica) Adoptions(ctx context.Context) ([]Adoption, error) {
	found := make(chan []Adoption, 1)
	err := r.withDeadline(ctx, func(ctx context.Context) error {
		all, err := adoptions(ctx, r.catalog, r.backup, r.options.Keep)
		found <- all
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-found, nil
}
