package mirror

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
)

// TestPassGivesABackupThatHangsUp has a backup that does not answer, as on a mount whose server is
// gone. The pass waits no longer for it than a service that starts.
func TestPassGivesABackupThatHangsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		hanging, good := backuptest.NewFake("hanging"), backuptest.NewFake("good")
		defer hanging.Hang()()
		s.StoreTraining("run", training(0, 10, 0))
		began := time.Now()
		err := s.mirror(s.open(), hanging, good).SyncAll(t.Context(), nil)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("took %v", took)
		}
		if err == nil || !strings.Contains(err.Error(), "backup hanging") || !strings.Contains(err.Error(), "runs not copied: 1") {
			t.Errorf("error is %v", err)
		}
		if len(good.Names()) != 1 {
			t.Errorf("the good backup has %v", good.Names())
		}
	})
}

func TestPruneGivesABackupThatHangsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		defer b.Hang()()
		ended := make(chan error, 1)
		m := s.mirror(s.open(), b)
		go func() {
			_, err := m.Prune(t.Context(), false)
			ended <- err
		}()
		select {
		case err := <-ended:
			if err == nil || !strings.Contains(err.Error(), "backup backup") {
				t.Errorf("error is %v", err)
			}
		case <-time.After(time.Hour):
			t.Error("prune waits for the backup")
		}
	})
}

// hangsAt is a backup in which opening a file hangs.
type hangsAt struct {
	*backuptest.Fake
	name   string
	resume chan struct{}
}

func (h hangsAt) Open(ctx context.Context, name string) (backup.File, error) {
	if name == h.name {
		<-h.resume
	}
	return h.Fake.Open(ctx, name)
}

// TestPassSyncsARunWhoseCopyHangs has an empty catalog, and a backup that hangs when the run is read.
func TestPassSyncsARunWhoseCopyHangs(t *testing.T) {
	t.Parallel()
	other, b := newSite(t), backuptest.NewFake("backup")
	other.lead("run", b)
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.StoreTraining("run", training(0, 30, 1))
		h := hangsAt{b, snapshot.Path("run"), make(chan struct{})}
		defer close(h.resume)
		m := New(s.Tree(), s.open(), []backup.Backup{h}, Options{Timeout: time.Minute, Log: s.Log})
		err := m.SyncAll(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), `copy run "run" to backup`) {
			t.Errorf("error is %v", err)
		}
		if _, err := archive.New(dir.New(s.State())).Load(t.Context(), "run", 0); err != nil {
			t.Error(err)
		}
	})
}

// TestProgressCountsRunsThatAreDone has runs that wait for a backup, which takes a while to list.
func TestProgressCountsRunsThatAreDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		for i := range 5 {
			s.StoreTraining(fmt.Sprint("run", i), training(0, 10, 0))
		}
		b.Fail(func(operation, _ string) error {
			if operation == "list" {
				time.Sleep(5 * time.Second)
			}
			return nil
		})
		began, last := time.Now(), 0
		s.Check(s.mirror(s.open(), b).SyncAll(t.Context(), func(done, total int) {
			if last = done; done > 0 && time.Since(began) < 5*time.Second || total != 5 {
				t.Errorf("%d of %d done after %v", done, total, time.Since(began))
			}
		}))
		if last != 5 {
			t.Errorf("%d are done at the end", last)
		}
	})
}

// TestStoppedPassCountsNoRunAsDone stops a pass whose runs wait for a backup.
func TestStoppedPassCountsNoRunAsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		defer b.Hang()()
		s.StoreTraining("run", training(0, 10, 0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.mirror(s.open(), b).SyncAll(ctx, func(done, _ int) {
			if done > 0 {
				t.Error("the run counts as done")
			}
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}
