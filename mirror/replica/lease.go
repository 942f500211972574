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

// leaseName is the file in a backup that names the service that writes there.
const leaseName = "writer.json"

// mostLease is how many bytes the file may have. No service writes a longer one, and readers refuse
// a longer one unread.
const mostLease = 1 << 16

// lease is written by a service to a backup before anything else, and identifies the service. A
// service that finds another's lease does not write. If two find none, only one of them succeeds in
// writing it.
type lease struct {
	Host    string       `json:"host"`
	State   catalog.Text `json:"state"` // its state directory, which with the host identifies the service
	PID     int          `json:"pid"`
	Since   time.Time    `json:"since"`
	Renewed time.Time    `json:"renewed"`
	Ended   bool         `json:"ended,omitempty"`
}

// How a lease ages.
const (
	leaseRenewal = 5 * time.Minute  // how often a service renews its lease
	leaseStale   = 15 * time.Minute // how long another's lease must stay unchanged to count as abandoned
	leaseOld     = 24 * time.Hour   // the same, by the clocks of both hosts
)

func (c lease) sameService(other lease) bool { return c.Host == other.Host && c.State == other.State }

// LeasedError means that another service writes to a backup.
type LeasedError struct{ holder lease }

func (e *LeasedError) Error() string {
	if ahead := time.Until(e.holder.Renewed); ahead > leaseOld {
		return fmt.Sprintf("the service on host %q (process %d, state directory %s) writes there, and its last sign of life is at %s, in the future: "+
			"set the clock of that host, or of this one; if it no longer runs, remove %s from the backup",
			e.holder.Host, e.holder.PID, e.holder.State, e.holder.Renewed.Format(time.RFC3339), leaseName)
	}
	return fmt.Sprintf("the service on host %q (process %d, state directory %s) has written there since %s: stop it, or give each service its own place; "+
		"this service takes over %v after the other's last sign of life",
		e.holder.Host, e.holder.PID, e.holder.State, e.holder.Since.Format(time.RFC3339), leaseStale)
}

// observedLease is another service's lease, and since when it has been seen unchanged.
type observedLease struct {
	renewed time.Time
	since   time.Time
}

// heldLease is a lease in a backup.
type heldLease struct {
	lease
	version string
}

// acquireLease ensures that this service may write to the backup. It sends no more requests than
// the renewal of the lease needs. Only withDeadline may call it.
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

// takeLease takes the backup, unless another service has it.
func (r *Replica) takeLease(ctx context.Context) error {
	there, err := readLease(ctx, r.backup)
	if err != nil {
		return fmt.Errorf("read %s: %w", leaseName, err)
	}
	if r.isHeldByAnother(there.lease) {
		return &LeasedError{there.lease}
	}
	if !r.told && !r.empty && !there.sameService(leaseOf(r.catalog)) {
		if err := spareForeign(ctx, r.catalog, r.backup); err != nil {
			return err
		}
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

// leaseOf returns a lease that begins now, for a service with this catalog.
func leaseOf(c *catalog.Catalog) lease {
	host, _ := os.Hostname() // "" is also a valid name
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

// isHeldByAnother reports whether a lease belongs to another service and must be respected.
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

// Release records in the backup that this service writes no more.
func (r *Replica) Release(ctx context.Context) error { return r.withDeadline(ctx, r.releaseLease) }

// releaseLease records that this service writes no more, unless another has taken over.
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
