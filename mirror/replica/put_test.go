package replica

import (
	"context"
	"errors"
	"testing"
	"time"

	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
)

// A generation that expires while it is copied is not a failure of the backup.
func TestExpiredWhileCopied(t *testing.T) {
	s, b := statstest.NewSite(t), backuptest.NewFake("backup")
	c, err := catalog.Open(s.State())
	s.Check(err)
	defer c.Close()
	change := func(do func(*catalog.Tx) error) {
		t.Helper()
		tx := c.Begin("run")
		defer tx.Close()
		s.Check(do(tx))
	}
	change(func(tx *catalog.Tx) error {
		for generation := int64(1); generation <= 3; generation++ {
			if err := tx.End(&snapshot.Snapshot{Run: "run", Generation: generation, Training: statstest.Training(0, 10, float64(generation))}); err != nil {
				return err
			}
		}
		return nil
	})
	r := New(b, c, func(string) {}, Options{Timeout: time.Minute, Log: s.Log})
	s.Check(r.withDeadline(t.Context(), func(ctx context.Context) error {
		return errors.Join(r.acquireLease(ctx), r.ensureReconciled(ctx, "run"))
	}))
	missing := r.missing("run")
	change(func(tx *catalog.Tx) error { return tx.Remove([]int64{1, 2, 3}) })
	if _, err := r.put(t.Context(), "run", missing[0], func() {}); err != nil {
		t.Errorf("backup.failed: %v", err)
	}
}
