package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/store"
)

// Copies returns the known copies of a run in a backup, and whether the run has been
// reconciled with that backup.
func (c *Catalog) Copies(run, location string) (files Copies, reconciled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hold(run).record.copies(run, location)
}

// Update changes the record of a run and writes it to the index. If writing fails, the record stays
// in memory until the catalog is closed.
func (c *Catalog) Update(run string, change func(*Record)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.update(run, c.hold(run), change)
}

// UpdateCopies changes the record of a run's copies in a backup, the way Update changes the whole
// record.
func (c *Catalog) UpdateCopies(run, location string, change func(Copies)) error {
	return c.Update(run, func(r *Record) {
		if r.Backups[location] == nil {
			r.Backups[location] = Copies{}
		}
		change(r.Backups[location])
	})
}

// update is Update of an entry.
func (c *Catalog) update(run string, e *entry, change func(*Record)) error {
	e.update(run, change)
	if err := c.writeEntry(run, e); err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	return nil
}

// Unusable returns the sources that could not be used when they were last read, by run. Only a
// catalog knows them.
func Unusable(ctx context.Context, place backup.Reader) (map[string][]*InvalidError, error) {
	all := map[string][]*InvalidError{}
	err := eachRecord(ctx, place, func(run string, r Record) {
		delete(all, run)
		for _, kind := range store.Kinds {
			if invalid := r.Seen[kind].Invalid; invalid != nil {
				all[run] = append(all[run], invalid.With(run, kind))
			}
		}
	})
	return all, err
}

// Missing returns the runs whose files are gone from the stats tree, and since when. Only a catalog
// knows that.
func Missing(ctx context.Context, place backup.Reader) (map[string]time.Time, error) {
	gone := map[string]time.Time{}
	err := eachRecord(ctx, place, func(run string, r Record) {
		delete(gone, run)
		if !r.GoneSince.IsZero() {
			gone[run] = r.GoneSince
		}
	})
	return gone, err
}

// eachRecord calls do for each record in the index of a catalog, the older ones of a run first. A
// place without an index has no records.
func eachRecord(ctx context.Context, place backup.Reader, do func(run string, r Record)) error {
	f, err := place.Open(ctx, indexPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	defer f.Close()
	ReadIndex(io.NewSectionReader(f, 0, f.Info().Size), func(run string, _ []File, r Record) { do(run, r) })
	return nil
}
