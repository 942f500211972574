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

// Adoption is what a catalog would take over of a run from a backup to which it has never
// written, and what retention would then remove there.
type Adoption struct {
	Run     string
	Backup  string
	Ended   int     // how many ended generations
	Expired []int64 // those that are not kept
}

// Adoptions returns what the catalog in dir would adopt from the backups to which it has
// never written. It changes nothing.
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
	if c.wroteTo(b.String()) {
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
	var all []Adoption
	for _, run := range runs {
		infos, err := a.Ended(ctx, run)
		if err != nil {
			return nil, err
		}
		var generations []ended
		for _, info := range infos {
			if number, ok := snapshot.GenerationOf(path.Base(info.Name)); ok {
				generations = append(generations, ended{number, time.Now()}) // because it is written here only then
			}
		}
		all = append(all, Adoption{run, b.String(), len(generations), keep.expired(generations, time.Now())})
	}
	return all, nil
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

// checkAdopts returns an error if Prune would adopt runs. Then a place may have been named
// by mistake, and what is there be another's.
func (m *Mirror) checkAdopts(ctx context.Context) error {
	var refused []string
	for _, r := range m.replicas {
		found, err := m.catalog.adoptions(ctx, r.backup, m.options.Keep)
		if err != nil {
			continue // the pass fails there too, and says so
		}
		if len(found) > 0 {
			refused = append(refused, fmt.Sprintf("%s has %s, and this catalog has never written there", r.backup, store.Count(len(found), "run", "runs")))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("%s: they would be adopted and pruned; nothing was removed. See them with --dry-run; if it is the right place, run a sync first, or give --yes",
		strings.Join(refused, "; "))
}
