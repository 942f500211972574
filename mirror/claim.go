package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// claimName is the file of a backup that says who writes there.
const claimName = "writer.json"

// claim is what a service says of itself in a backup before it writes there. Who
// finds another's there does not write.
//
// Two services that begin in the same moment may both find none; each looks again
// after it has written its own.
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
	return fmt.Sprintf("the service on host %q (process %d, state directory %s) writes there since %s: stop it, or give each a place of its own; "+
		"what it left behind is taken over %v after its last sign of life",
		e.holder.Host, e.holder.PID, e.holder.State, e.holder.Since.Format(time.RFC3339), claimStale)
}

// sighting is another service's claim, and since when it has been seen like that.
type sighting struct {
	renewed time.Time
	since   time.Time
}

// ensureClaim sees to it that the backup is this service's to write to. It asks
// the backup no more often than the claim has to be renewed. Only an attempt may
// call it.
func (r *replica) ensureClaim(ctx context.Context) error {
	if time.Since(r.own.Renewed) < claimRenewal {
		return nil
	}
	if err := r.checkClaim(ctx); err != nil {
		return err
	}
	mine := r.ownClaim()
	if err := r.writeClaim(ctx, mine); err != nil {
		return err
	}
	if err := r.checkClaim(ctx); err != nil {
		return err
	}
	r.own = mine
	return nil
}

// renewClaim renews the claim if there is one.
func (r *replica) renewClaim(ctx context.Context) error {
	if r.own.Renewed.IsZero() {
		return nil
	}
	return r.ensureClaim(ctx)
}

func (r *replica) ownClaim() claim {
	host, _ := os.Hostname() // "" is a name too
	now := time.Now()
	mine := claim{Host: host, State: text(r.catalog.root.Name()), PID: os.Getpid(), Since: now, Renewed: now}
	if !r.own.Since.IsZero() {
		mine.Since = r.own.Since
	}
	return mine
}

// checkClaim returns a *ClaimedError if the backup is another service's.
func (r *replica) checkClaim(ctx context.Context) error {
	theirs, err := r.readClaim(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", claimName, err)
	}
	now := time.Now()
	if theirs.Ended || theirs.sameService(r.ownClaim()) || now.Sub(theirs.Renewed) > claimOld {
		return nil
	}
	if !r.rival.renewed.Equal(theirs.Renewed) {
		r.rival = sighting{theirs.Renewed, now}
	}
	if now.Sub(r.rival.since) >= claimStale {
		return nil
	}
	return &ClaimedError{theirs}
}

// readClaim reads the claim in the backup. One that cannot be understood is
// nobody's.
func (r *replica) readClaim(ctx context.Context) (claim, error) {
	f, err := r.backup.Open(ctx, claimName)
	if err != nil {
		return claim{}, err
	}
	defer f.Close()
	const most = 1 << 16
	content, err := io.ReadAll(io.NewSectionReader(f, 0, min(f.Size(), most)))
	if err != nil {
		return claim{}, err
	}
	var c claim
	if json.Unmarshal(content, &c) != nil {
		return claim{Ended: true}, nil
	}
	return c, nil
}

func (r *replica) writeClaim(ctx context.Context, c claim) error {
	content, err := json.Marshal(c)
	if err == nil {
		_, err = r.backup.Put(ctx, claimName, bytes.NewReader(content), int64(len(content)))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", claimName, err)
	}
	return nil
}

// endClaim says that this service writes no more.
func (r *replica) endClaim(ctx context.Context) error {
	if r.own.Renewed.IsZero() {
		return nil
	}
	if err := r.checkClaim(ctx); err != nil {
		return err
	}
	mine := r.ownClaim()
	mine.Ended = true
	r.own = claim{}
	return r.writeClaim(ctx, mine)
}
