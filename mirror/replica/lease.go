package replica

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
	"statsmirror/mirror/catalog"
)

// claimName is the file of a backup that says who writes there.
const leaseName = "writer.json"

// mostClaim is how many bytes it may have. No service writes a longer one, and a longer
// one is refused before it is read.
const mostLease = 1 << 16

// lease is what a service says of itself in a backup before it writes there. Who
// finds another's there does not write. Of two that find none, one writes the first.
type lease struct {
	Host    string       `json:"host"`
	State   catalog.Text `json:"state"` // its state directory, which with the host tells it from others
	PID     int          `json:"pid"`
	Since   time.Time    `json:"since"`
	Renewed time.Time    `json:"renewed"`
	Ended   bool         `json:"ended,omitempty"`
}

// How a lease ages.
const (
	leaseRenewal = 5 * time.Minute  // how often a service renews its own
	leaseStale   = 15 * time.Minute // how long another's must have been seen unchanged to count as left behind
	leaseOld     = 24 * time.Hour   // the same, by the clocks of both
)

func (c lease) sameService(other lease) bool { return c.Host == other.Host && c.State == other.State }

// LeasedError says that another service writes to a backup.
type LeasedError struct{ holder lease }

func (e *LeasedError) Error() string {
	if ahead := time.Until(e.holder.Renewed); ahead > leaseOld {
		return fmt.Sprintf("the service on host %q (process %d, state directory %s) writes there, and its last sign of life is at %s, in the future: "+
			"set the clock of that host, or of this one; if it does not run any more, remove %s from the backup",
			e.holder.Host, e.holder.PID, e.holder.State, e.holder.Renewed.Format(time.RFC3339), leaseName)
	}
	return fmt.Sprintf("the service on host %q (process %d, state directory %s) writes there since %s: stop it, or give each a place of its own; "+
		"what it left behind is taken over %v after its last sign of life",
		e.holder.Host, e.holder.PID, e.holder.State, e.holder.Since.Format(time.RFC3339), leaseStale)
}

// observedLease is another service's lease, and since when it has been seen like that.
type observedLease struct {
	renewed time.Time
	since   time.Time
}

// heldLease is a lease in a backup.
type heldLease struct {
	lease
	version string
}

// acquireLease sees to it that the backup is this service's to write to. It asks
// the backup no more often than the lease has to be renewed. Only withDeadline may
// call it.
func (r *Replica) acquireLease(ctx context.Context) error {
	if time.Since(r.own.Renewed) < leaseRenewal {
		return nil
	}
	err := backup.ErrConflict
	if !r.own.Renewed.IsZero() {
		err = r.writeLease(ctx, r.ownLease(), r.own.version)
	}
	for tries := 0; errors.Is(err, backup.ErrConflict) && tries < 2; tries++ {
		err = r.takeLease(ctx)
	}
	return err
}

// takeLease takes the backup, unless it is another service's.
func (r *Replica) takeLease(ctx context.Context) error {
	there, err := readLease(ctx, r.backup)
	if err != nil {
		return fmt.Errorf("read %s: %w", leaseName, err)
	}
	if r.isHeldByAnother(there.lease) {
		return &LeasedError{there.lease}
	}
	if err := r.spareForeign(ctx, there.lease); err != nil {
		return err
	}
	return r.writeLease(ctx, r.ownLease(), there.version)
}

// renewLease renews the lease if there is one.
func (r *Replica) renewLease(ctx context.Context) error {
	if r.own.Renewed.IsZero() {
		return nil
	}
	return r.acquireLease(ctx)
}

// leaseOf returns the lease of a service with this catalog that begins now.
func leaseOf(c *catalog.Catalog) lease {
	host, _ := os.Hostname() // "" is a name too
	now := time.Now()
	return lease{Host: host, State: catalog.Text(c.Dir()), PID: os.Getpid(), Since: now, Renewed: now}
}

func (r *Replica) ownLease() lease {
	mine := leaseOf(r.catalog)
	if !r.own.Since.IsZero() {
		mine.Since = r.own.Since
	}
	return mine
}

// isHeldByAnother reports whether a lease is another service's that has to be respected.
func (r *Replica) isHeldByAnother(theirs lease) bool {
	now := time.Now()
	if theirs.Ended || theirs.sameService(r.ownLease()) || now.Sub(theirs.Renewed) > leaseOld {
		return false
	}
	if !r.observed.renewed.Equal(theirs.Renewed) {
		r.observed = observedLease{theirs.Renewed, now}
	}
	return now.Sub(r.observed.since) < leaseStale
}

// readLease reads the lease in the backup. If the file is missing, damaged or not a lease, it
// returns a lease that has ended. The version of a missing file is backup.None.
func readLease(ctx context.Context, place backup.Reader) (heldLease, error) {
	content, info, err := archive.ReadWhole(ctx, place, leaseName, mostLease)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !archive.IsDamaged(err) {
		return heldLease{}, err
	}
	var there lease
	if err != nil || json.Unmarshal(content, &there) != nil {
		there = lease{Ended: true}
	}
	return heldLease{there, info.Version}, nil
}

// writeLease replaces a version of the lease.
func (r *Replica) writeLease(ctx context.Context, c lease, over string) error {
	content, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write %s: %w", leaseName, err)
	}
	info, err := r.backup.Put(ctx, leaseName, bytes.NewReader(content), int64(len(content)), over)
	if err != nil {
		return fmt.Errorf("write %s: %w", leaseName, err)
	}
	r.own = heldLease{c, info.Version}
	return nil
}

// releaseLease says that this service writes no more, unless another has taken over.
func (r *Replica) releaseLease(ctx context.Context) error {
	if r.own.Renewed.IsZero() {
		return nil
	}
	mine := r.ownLease()
	mine.Ended = true
	err := r.writeLease(ctx, mine, r.own.version)
	r.own = heldLease{}
	if errors.Is(err, backup.ErrConflict) {
		return nil
	}
	return err
}
