package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
)

// claimName is the file of a backup that says who writes there.
const claimName = "writer.json"

// mostClaim is how many bytes it may have. No service writes a longer one, and a longer
// one is refused before it is read.
const mostClaim = 1 << 16

// claim is what a service says of itself in a backup before it writes there. Who
// finds another's there does not write. Of two that find none, one writes the first.
type claim struct {
	Host    string    `json:"host"`
	State   text      `json:"state"` // its state directory, which with the host tells it from others
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Renewed time.Time `json:"renewed"`
	Ended   bool      `json:"ended,omitempty"`
}

// How a claim ages.
const (
	claimRenewal = 5 * time.Minute  // how often a service renews its own
	claimStale   = 15 * time.Minute // how long another's must have been seen unchanged to count as left behind
	claimOld     = 24 * time.Hour   // the same, by the clocks of both
)

func (c claim) sameService(other claim) bool { return c.Host == other.Host && c.State == other.State }

// ClaimedError says that another service writes to a backup.
type ClaimedError struct{ holder claim }

func (e *ClaimedError) Error() string {
	if ahead := time.Until(e.holder.Renewed); ahead > claimOld {
		return fmt.Sprintf("the service on host %q (process %d, state directory %s) writes there, and its last sign of life is at %s, in the future: "+
			"set the clock of that host, or of this one; if it does not run any more, remove %s from the backup",
			e.holder.Host, e.holder.PID, e.holder.State, e.holder.Renewed.Format(time.RFC3339), claimName)
	}
	return fmt.Sprintf("the service on host %q (process %d, state directory %s) writes there since %s: stop it, or give each a place of its own; "+
		"what it left behind is taken over %v after its last sign of life",
		e.holder.Host, e.holder.PID, e.holder.State, e.holder.Since.Format(time.RFC3339), claimStale)
}

// sighting is another service's claim, and since when it has been seen like that.
type sighting struct {
	renewed time.Time
	since   time.Time
}

// stake is a claim in a backup.
type stake struct {
	claim
	version string
}

// ensureClaim sees to it that the backup is this service's to write to. It asks
// the backup no more often than the claim has to be renewed. Only an attempt may
// call it.
func (r *replica) ensureClaim(ctx context.Context) error {
	if time.Since(r.own.Renewed) < claimRenewal {
		return nil
	}
	err := backup.ErrConflict
	if !r.own.Renewed.IsZero() {
		err = r.writeClaim(ctx, r.ownClaim(), r.own.version)
	}
	for tries := 0; errors.Is(err, backup.ErrConflict) && tries < 2; tries++ {
		err = r.takeClaim(ctx)
	}
	return err
}

// takeClaim claims the backup, unless it is another service's.
func (r *replica) takeClaim(ctx context.Context) error {
	there, err := readClaim(ctx, r.backup)
	if err != nil {
		return fmt.Errorf("read %s: %w", claimName, err)
	}
	if r.isRivals(there.claim) {
		return &ClaimedError{there.claim}
	}
	if err := r.spareForeign(ctx, there.claim); err != nil {
		return err
	}
	return r.writeClaim(ctx, r.ownClaim(), there.version)
}

// renewClaim renews the claim if there is one.
func (r *replica) renewClaim(ctx context.Context) error {
	if r.own.Renewed.IsZero() {
		return nil
	}
	return r.ensureClaim(ctx)
}

// claim returns the claim of a service with this catalog that begins now.
func (c *Catalog) claim() claim {
	host, _ := os.Hostname() // "" is a name too
	now := time.Now()
	return claim{Host: host, State: text(c.root.Name()), PID: os.Getpid(), Since: now, Renewed: now}
}

func (r *replica) ownClaim() claim {
	mine := r.catalog.claim()
	if !r.own.Since.IsZero() {
		mine.Since = r.own.Since
	}
	return mine
}

// isRivals reports whether a claim is another service's that has to be respected.
func (r *replica) isRivals(theirs claim) bool {
	now := time.Now()
	if theirs.Ended || theirs.sameService(r.ownClaim()) || now.Sub(theirs.Renewed) > claimOld {
		return false
	}
	if !r.rival.renewed.Equal(theirs.Renewed) {
		r.rival = sighting{theirs.Renewed, now}
	}
	return now.Sub(r.rival.since) < claimStale
}

// readClaim reads the claim in the backup. None, and one that cannot be
// understood, are nobody's.
func readClaim(ctx context.Context, place backup.Reader) (stake, error) {
	content, info, err := archive.ReadWhole(ctx, place, claimName, mostClaim) // version backup.None if there is none
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !archive.IsDamaged(err) {
		return stake{}, err
	}
	var there claim
	if err != nil || json.Unmarshal(content, &there) != nil {
		there = claim{Ended: true}
	}
	return stake{there, info.Version}, nil
}

// writeClaim replaces a version of the claim.
func (r *replica) writeClaim(ctx context.Context, c claim, over string) error {
	content, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write %s: %w", claimName, err)
	}
	info, err := r.backup.Put(ctx, claimName, bytes.NewReader(content), int64(len(content)), over)
	if err != nil {
		return fmt.Errorf("write %s: %w", claimName, err)
	}
	r.own = stake{c, info.Version}
	return nil
}

// endClaim says that this service writes no more, unless another has taken over.
func (r *replica) endClaim(ctx context.Context) error {
	if r.own.Renewed.IsZero() {
		return nil
	}
	mine := r.ownClaim()
	mine.Ended = true
	err := r.writeClaim(ctx, mine, r.own.version)
	r.own = stake{}
	if errors.Is(err, backup.ErrConflict) {
		return nil
	}
	return err
}
