package list

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/archive"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// Run is one line of the list of runs.
type Run struct {
	Location string `json:"location,omitempty"` // below the backup
	Generation
	GoneSince string     `json:"gone_since,omitempty"` // when its files were found missing
	Unusable  []Unusable `json:"unusable,omitempty"`   // its stats files that could not be used
	Backups   []Copy     `json:"backups"`
	Score     *BestScore `json:"best_score,omitempty"`

	Meta    snapshot.Meta   `json:"-"` // of the current generation; the zero Meta if no copy can be read
	Listing archive.Listing `json:"-"` // where the run is
	Gone    time.Time       `json:"-"` // GoneSince

	missing time.Time // since when its files are missing, as the catalog knows
}

// Copy is the state of one archive's copy of a run.
type Copy struct {
	Backup string            `json:"backup"`
	State  archive.CopyState `json:"state"`
	Reason string            `json:"reason,omitempty"` // why it cannot be read
}

// Describe fills in a run that Find has found, from its copies.
func (p Places) Describe(ctx context.Context, r *Run) {
	copies := r.Listing.Copies(ctx, r.Run)
	for i, state := range copies.States {
		c := Copy{Backup: r.Listing.Archives[i].Name(), State: state}
		if reason := copies.Reasons[i]; reason != nil {
			c.Reason = reason.Error()
		}
		r.Backups = append(r.Backups, c)
	}
	if copies.From == nil {
		return
	}
	r.Meta, r.Generation = copies.Meta, generationOf(copies.Meta, true)
	if p.Catalog != nil && !r.missing.IsZero() && copies.From == p.Catalog.Archive {
		r.Gone, r.GoneSince = r.missing, term.UTC(r.missing)
	}
}

// Sources returns a text that changes whenever the catalog knows something else about the stats files
// of the run.
func (r Run) Sources() string { return fmt.Sprint(r.Unusable, r.missing) }

// unread returns an error if copies of any run may not be read.
func unread(runs []Run) error {
	n := 0
	for _, r := range runs {
		if slices.ContainsFunc(r.Backups, func(c Copy) bool { return c.State == archive.Unreadable }) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("the snapshots of %s may not be read: %w", store.CountRuns(n), fs.ErrPermission)
}
