package mirror

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"statsmirror/mirror/snapshot"

	"statsmirror/mirror/backup/backuptest"
)

// TestForgedRemovalHidesNoLoss has a backup that claims the removal of generations that the catalog
// holds. Later one of them is lost.
func TestForgedRemovalHidesNoLoss(t *testing.T) {
	s := newSite(t)
	b := backuptest.NewFake("backup")
	c := s.open()
	m := s.mirror(c, b)
	for life := range 4 {
		s.StoreTraining("run", training(0, 10, float64(life)))
		s.Check(m.SyncAll(context.Background(), nil))
	}
	b.Write(snapshot.TombstonesPath("run"), []byte(`{"until":3}`))
	c = s.reopen(c, s.forgetRecords)
	s.Check(s.mirror(c, b).SyncAll(context.Background(), nil))
	lost := filepath.Join(s.State(), snapshot.HistoryPath("run", 2))
	c = s.reopen(c, func() { s.Check(os.Remove(lost)) })
	s.Check(s.mirror(c, b).SyncAll(context.Background(), nil))
	if _, err := os.Stat(lost); err != nil {
		t.Errorf("the generation was not restored: %v", err)
	}
}
