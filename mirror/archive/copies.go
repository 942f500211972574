package archive

import (
	"context"
	"errors"
	"io/fs"

	"statsmirror/mirror/snapshot"
)

// CopyState is the state of a run's copy in an archive.
type CopyState string

// States of a copy.
const (
	Current     CopyState = "current"
	Behind      CopyState = "behind"  // its generation or rows differ from those of the first copy
	Missing     CopyState = "missing" // the archive has no current snapshot of the run
	Damaged     CopyState = "damaged"
	Unreachable CopyState = "unreachable"
	Unreadable  CopyState = "unreadable" // permission is denied
)

// Copies are a run in the archives of a location.
type Copies struct {
	Meta    snapshot.Meta // of the first copy that can be read; the zero Meta if none can
	From    *Archive      // the archive with that copy; nil if none can be read
	States  []CopyState   // one for each archive
	Reasons []error       // why a copy cannot be read; nil for others, and for archives that did not answer before
}

// Copies reads the footer of each copy of a run, and compares it with that of the first. It skips
// archives that did not answer before.
func (l Listing) Copies(ctx context.Context, run string) Copies {
	var c Copies
	for _, a := range l.Archives {
		state, reason := Unreachable, error(nil)
		if l.answered[a] {
			state, reason = c.add(ctx, a, run)
		}
		c.States, c.Reasons = append(c.States, state), append(c.Reasons, reason)
	}
	return c
}

// add reads the copy in an archive. It returns its state, and why it cannot be read.
func (c *Copies) add(ctx context.Context, a *Archive, run string) (CopyState, error) {
	meta, err := a.metaOf(ctx, run, snapshot.Path(run)) // Meta would list the history of each run
	switch {
	case IsDamaged(err):
		return Damaged, err
	case errors.Is(err, fs.ErrNotExist):
		return Missing, nil
	case errors.Is(err, fs.ErrPermission):
		return Unreadable, err
	case err != nil:
		return Unreachable, err
	case c.From == nil:
		c.Meta, c.From = meta, a
	case meta.Generation != c.Meta.Generation || meta.ContentSHA256 != c.Meta.ContentSHA256:
		return Behind, nil
	}
	return Current, nil
}
