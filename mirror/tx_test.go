package mirror

import (
	"context"
	"errors"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/snapshot"
)

// TestSyncLocksTheCatalogFourTimes counts how often a Sync that extends a run locks the catalog: to
// read the state, to begin, to commit, and for the queue of the backup.
func TestSyncLocksTheCatalogFourTimes(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), backuptest.NewFake("backup")
	c := s.open()
	m := s.mirror(c, b)
	s.StoreTraining("run", training(0, 100, 0))
	s.Check(m.SyncAll(t.Context(), nil))
	s.StoreTraining("run", training(0, 200, 0))
	before := c.Locks()
	s.Check(m.Sync(t.Context(), "run"))
	if locked := c.Locks() - before; locked > 4 {
		t.Errorf("the catalog was locked %d times", locked)
	}
	if current, _ := c.Current("run"); current.TrainedUntil != 200 {
		t.Errorf("trained until %d", current.TrainedUntil)
	}
}

// syncing is a backup that syncs a run whenever it is read.
type syncing struct {
	*backuptest.Fake
	sync func()
}

func (b *syncing) Open(ctx context.Context, name string) (backup.File, error) {
	f, err := b.Fake.Open(ctx, name)
	if b.sync != nil && name == snapshot.Path("run") {
		sync := b.sync
		b.sync = nil
		sync()
	}
	return f, err
}

// TestRunThatIsSyncedWhileABackupIsRead has a Sync that replaces files during their comparison with
// a backup. The run is reconciled again.
func TestRunThatIsSyncedWhileABackupIsRead(t *testing.T) {
	t.Parallel()
	s, b := newSite(t), &syncing{Fake: backuptest.NewFake("backup")}
	c := s.open()
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
	c = s.reopen(c, s.forgetRecords)
	m := s.mirror(c, b)
	s.StoreTraining("run", training(0, 20, 0))
	b.sync = func() { s.Check(m.Sync(t.Context(), "run")) }
	reconcile := func() error { return m.replicas[0].Copy(t.Context(), "run") }
	if err := reconcile(); !errors.Is(err, replica.ErrChanging) {
		t.Errorf("error is %v", err)
	}
	s.Check(reconcile())
}
