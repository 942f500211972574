package replica

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/event"
	"statsmirror/mirror/internal/statstest"
	"statsmirror/mirror/snapshot"
)

// slowBackup takes a second for each Put of a snapshot.
type slowBackup struct {
	*backuptest.Fake
	mu        sync.Mutex
	now, most int           // Puts at a time
	hung      chan struct{} // if not nil, Puts last until it is closed
}

func (b *slowBackup) AtATime() int { return 4 }

func (b *slowBackup) Put(ctx context.Context, name string, content io.ReaderAt, size int64, over string) (backup.Info, error) {
	if !strings.HasSuffix(name, snapshot.Suffix) {
		return b.Fake.Put(ctx, name, content, size, over)
	}
	b.mu.Lock()
	b.now++
	b.most = max(b.most, b.now)
	hung := b.hung
	b.mu.Unlock()
	if hung != nil {
		<-hung
	}
	time.Sleep(time.Second)
	b.mu.Lock()
	b.now--
	b.mu.Unlock()
	return b.Fake.Put(context.WithoutCancel(ctx), name, content, size, over)
}

func (b *slowBackup) atMost() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.most
}

// serveRuns returns a replica that has copied nothing, of a catalog with runs.
func serveRuns(t *testing.T, b backup.Backup, runs int) *Replica {
	s := statstest.NewSite(t)
	c, err := catalog.Open(s.State())
	s.Check(err)
	t.Cleanup(func() { s.Check(c.Close()) })
	for n := range runs {
		tx := c.Begin(fmt.Sprint("run-", n))
		_, err := tx.Commit(catalog.Commit{
			Write: func(w io.Writer) (snapshot.Meta, error) {
				return snapshot.Write(w, &snapshot.Snapshot{Run: tx.Run, Generation: 1, Training: statstest.Training(0, 3, float64(n))})
			},
			Remember: func(*catalog.Record) {},
		})
		s.Check(err)
		tx.Close()
	}
	r := New(b, c, func(string) {}, Options{Timeout: time.Minute, Log: s.Log})
	s.Check(r.Connect(t.Context()))
	return r
}

func TestSeveralRunsAreCopiedAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &slowBackup{Fake: backuptest.NewFake("backup")}
		r, began := serveRuns(t, b, 12), time.Now()
		worked, err := r.serve(t.Context(), t.Context(), began.Add(2900*time.Millisecond))
		if took := time.Since(began); !worked || err != nil || took != 3*time.Second || b.atMost() != 4 {
			t.Errorf("12 runs: %t, %v in %v, at most %d at a time", worked, err, took, b.atMost())
		}
		if dirty := r.Status().Dirty; len(dirty) > 0 {
			t.Errorf("dirty: %v", dirty)
		}
	})
}

func TestStopCopiesSeveralRunsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &slowBackup{Fake: backuptest.NewFake("backup")}
		r, began := serveRuns(t, b, 12), time.Now()
		r.drain(t.Context())
		if took := time.Since(began); took != 3*time.Second || b.atMost() != 4 {
			t.Errorf("12 runs in %v, at most %d at a time", took, b.atMost())
		}
		if dirty := r.Status().Dirty; len(dirty) > 0 {
			t.Errorf("dirty: %v", dirty)
		}
	})
}

func TestNextAttemptWaitsForHungOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &slowBackup{Fake: backuptest.NewFake("backup"), hung: make(chan struct{})}
		r, began := serveRuns(t, b, 12), time.Now()
		worked, err := r.serve(t.Context(), t.Context(), began.Add(time.Hour))
		if worked || err == nil || b.atMost() != 4 {
			t.Errorf("%t, %v, at most %d at a time", worked, err, b.atMost())
		}
		err = r.Copy(t.Context(), "run-11")
		if err == nil || !strings.Contains(err.Error(), "an earlier attempt still waits") || b.atMost() != 4 {
			t.Errorf("%v, at most %d at a time", err, b.atMost())
		}
		if waits := r.Unanswered(); waits < time.Minute {
			t.Errorf("unanswered for %v", waits)
		}
		close(b.hung)
		time.Sleep(time.Minute)
		if waits := r.Unanswered(); waits != 0 {
			t.Errorf("unanswered for %v after all answers", waits)
		}
		if err := r.Copy(t.Context(), "run-11"); err != nil {
			t.Error(err)
		}
	})
}

// limitedBackup is on a server that lacks something.
type limitedBackup struct{ *backuptest.Fake }

func (limitedBackup) Remarks() []string { return []string{"the server lacks something"} }

func TestLogSaysOnceWhatTheServerLacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statstest.NewSite(t)
		c, err := catalog.Open(s.State())
		s.Check(err)
		defer c.Close()
		r := New(limitedBackup{backuptest.NewFake("backup")}, c, func(string) {}, Options{Timeout: time.Minute, Patience: time.Minute, Rescan: time.Minute, Log: s.Log})
		serving, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		r.Run(serving, t.Context())
		s.WantEvents(event.BackupLimited)
	})
}
