package mirror

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/event"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// TestSnapshotWhoseDirectoryWasNotSynced makes the sync of the directory fail after the new
// snapshot was renamed over the old one. The service has just started and has no rows in memory.
// The snapshot must be committed again and copied, and later end as its own generation.
func TestSnapshotWhoseDirectoryWasNotSynced(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		life float64
		said string
		want []int64
	}{
		{"extended", 0, event.Extended, []int64{20, 5}},
		{"overwritten", 1, event.Overwritten, []int64{10, 20, 5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := dir.New(filepath.Join(s.Dir, "backup"))
			s.StoreTraining("run", training(0, 10, 0))
			c := s.open()
			s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
			s.Check(c.Close())

			m := s.mirror(s.open(), b)
			s.StoreTraining("run", training(0, 20, test.life))
			s.WantEvents(event.Stored, event.Mirrored)
			s.failSync(m)
			s.WantEvents(test.said)
			s.Check(m.SyncAll(t.Context(), nil))
			if diff := cmp.Diff(test.want[:len(test.want)-1], untils(t, b)); diff != "" {
				t.Errorf("the backup, after the snapshot: %s", diff)
			}
			s.StoreTraining("run", training(0, 5, 2))
			s.Check(m.SyncAll(t.Context(), nil))
			for _, place := range []*dir.Backup{dir.New(s.State()), b} {
				if diff := cmp.Diff(test.want, untils(t, place)); diff != "" {
					t.Errorf("%s: %s", place, diff)
				}
			}
		})
	}
}

// failSync makes a Sync fail to sync the directory of the snapshots. The next Sync succeeds, and
// must sync it.
func (s *site) failSync(m *Mirror) {
	s.T.Helper()
	syncs := 0
	defer durable.Intercept(filepath.Join(s.State(), snapshot.CurrentDir), func(op durable.Op) error {
		if op.Kind != durable.OpSyncDir {
			return nil
		}
		if syncs++; syncs == 1 {
			return syscall.EIO
		}
		return nil
	})()
	if err := m.Sync(s.T.Context(), "run"); !errors.Is(err, syscall.EIO) {
		s.T.Fatal(err)
	}
	s.Check(m.Sync(s.T.Context(), "run"))
	if syncs < 2 {
		s.T.Error("the directory was not synced again")
	}
}

// TestCopyDuringCommit copies a dirty run while its next snapshot has been renamed, but is not
// committed yet. That does not count as another writer's change.
func TestCopyDuringCommit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := dir.New(filepath.Join(s.Dir, "backup"))
	m := s.mirror(s.open(), b)
	s.StoreTraining("run", training(0, 5, 0))
	s.Check(m.SyncAll(t.Context(), nil))
	s.StoreTraining("run", training(0, 10, 0))
	s.Check(m.Sync(t.Context(), "run"))
	s.StoreTraining("run", training(0, 20, 0))
	var during error
	defer durable.Intercept(filepath.Join(s.State(), snapshot.CurrentDir), func(op durable.Op) error {
		if op.Kind == durable.OpSyncDir {
			during = m.replicas[0].Copy(t.Context(), "run")
		}
		return nil
	})()
	s.Check(m.Sync(t.Context(), "run"))
	if !errors.Is(during, replica.ErrChanging) {
		t.Error(during)
	}
	s.Check(m.replicas[0].Copy(t.Context(), "run"))
	wantHistory(t, b, "run", 1)
}
