package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/durable"
)

// TestOddEntryOfABackupHoldsUpItsRunAlone puts directories, links and pipes in place of snapshots
// and histories. It does so one run at a time, because a backup that fails for two runs counts as
// down.
func TestOddEntryOfABackupHoldsUpItsRunAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := filepath.Join(s.Dir, "backup")
	at := func(name string) string { return filepath.Join(path, name) }
	s.Check(os.MkdirAll(at(snapshot.CurrentDir), 0o755))
	s.Check(os.MkdirAll(at(snapshot.EndedDir), 0o755))
	odd := []func() error{
		func() error { return os.Symlink(filepath.Join(s.Dir, "outside"), at(snapshot.Path("run0"))) },
		func() error { return os.Mkdir(at(snapshot.Path("run1")), 0o755) },
		func() error { return syscall.Mkfifo(at(snapshot.Path("run2")), 0o600) },
		func() error { return os.Symlink("missing", at(snapshot.Path("run3"))) },
		func() error { return os.WriteFile(at(snapshot.HistoryDir("run4")), nil, 0o600) },
		func() error { return syscall.Mkfifo(at(snapshot.HistoryDir("run5")), 0o600) },
		func() error { return os.Symlink(s.Dir, at(snapshot.HistoryDir("run6"))) },
	}
	const runs = 20
	for i := range runs {
		run := fmt.Sprint("run", i)
		s.StoreTraining(run, training(0, 10, 0))
	}
	c := s.open()
	s.Check(s.mirror(c).SyncAll(t.Context(), nil))
	for i := range runs { // ends a generation
		s.StoreTraining(fmt.Sprint("run", i), training(0, 5, 1))
	}
	for _, make := range odd {
		s.Check(make())
	}
	for pass := range 2 {
		err := s.mirror(c, dir.New(path)).SyncAll(t.Context(), nil)
		if err == nil {
			t.Fatal("a pass with odd entries succeeded")
		}
		for i := range runs {
			run := fmt.Sprint("run", i)
			named := strings.Contains(err.Error(), fmt.Sprintf("%q", run))
			_, missing := archive.New(dir.New(path)).Load(context.Background(), run, 0)
			if isOdd := i < len(odd); named != isOdd || missing != nil && !isOdd {
				t.Errorf("pass %d: %s: named: %v; %v", pass, run, named, missing)
			}
		}
	}
}

// TestUnreadableEntryOfABackupHoldsUpItsRunAlone covers errors that only users other than root
// meet.
func TestUnreadableEntryOfABackupHoldsUpItsRunAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := backuptest.NewFake("backup")
	b.Fail(func(_, name string) error {
		if strings.Contains(name, "run3") || strings.Contains(name, "run4") {
			return fmt.Errorf("%w: %w", backup.ErrEntry, fs.ErrPermission)
		}
		return nil
	})
	for i := range 10 {
		s.StoreTraining(fmt.Sprint("run", i), training(0, 10, 0))
	}
	err := s.mirror(s.open(), b).SyncAll(t.Context(), nil)
	if !errors.Is(err, fs.ErrPermission) || len(b.Names()) != 8 {
		t.Errorf("%d runs are copied: %v", len(b.Names()), err)
	}
}

// TestObjectThatMayNotBeReadHoldsUpItsRunAlone has an object store that answers 403 for the
// snapshots of three runs. Two of them are copied in succession.
func TestObjectThatMayNotBeReadHoldsUpItsRunAlone(t *testing.T) {
	denied := []string{"run3", "run4", "run7"}
	for _, how := range []string{"sync", "service"} {
		t.Run(how, func(t *testing.T) {
			backuptest.SetKeys(t)
			s, store := newSite(t), &backuptest.ObjectStore{}
			b := openMetered(t, store, "host")
			synctest.Test(t, func(t *testing.T) {
				s.storeTrainings(10, training(0, 10, 0))
				c := s.open()
				s.Check(s.mirror(c, b).SyncAll(t.Context(), nil))
				c = s.reopen(c, s.forgetRecords)
				s.storeTrainings(10, training(0, 20, 0))
				store.Denied = func(name string) bool {
					return slices.ContainsFunc(denied, func(run string) bool { return strings.HasSuffix(name, snapshot.Path(run)) })
				}
				if how == "sync" {
					err := s.mirror(c, b).SyncAll(t.Context(), nil)
					for i := range 10 {
						run := fmt.Sprint("run", i)
						if err == nil || strings.Contains(err.Error(), fmt.Sprintf("%q", run)) != slices.Contains(denied, run) {
							t.Errorf("%s: error is %v", run, err)
						}
					}
				} else {
					m := s.run(c, Options{}, b)
					elapse(time.Hour)
					if status := m.Status(); status.Dirty != len(denied) {
						t.Errorf("status %+v", status)
					}
					m.end(t)
				}
			})
			store.Denied = nil
			for i := range 10 {
				run, want := fmt.Sprint("run", i), int64(20)
				if slices.Contains(denied, run) {
					want = 10
				}
				if meta, err := archive.New(b).Meta(t.Context(), run, 0); err != nil || meta.TrainedUntil != want {
					t.Errorf("%s is copied until %d, want %d: %v", run, meta.TrainedUntil, want, err)
				}
			}
		})
	}
}

func (s *site) storeTrainings(runs int, rows store.TrainingStats) {
	for i := range runs {
		s.StoreTraining(fmt.Sprint("run", i), rows)
	}
}

// TestRunThatFailsHoldsUpNoOtherInAPass has a backup that never stores one run.
func TestRunThatFailsHoldsUpNoOtherInAPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		s.storeTrainings(10, training(0, 10, 0))
		b.Refuse("put", snapshot.Path("run3"), "permission denied")
		err := s.mirror(s.open(), b).SyncAll(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), `"run3"`) || len(b.Names()) != 9 {
			t.Errorf("%d runs are copied: %v", len(b.Names()), err)
		}
	})
}

// TestRunsThatAreRefusedHoldUpNoOtherAtTheEnd stops a service just when the backup comes back.
func TestRunsThatAreRefusedHoldUpNoOtherAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b := newSite(t), backuptest.NewFake("backup")
		s.storeTrainings(10, training(0, 10, 0))
		b.Refuse("put", "", "away")
		m := s.run(s.open(), Options{}, b)
		elapse(time.Hour)
		b.Fail(func(_, name string) error {
			if strings.Contains(name, "run0") || strings.Contains(name, "run1") || strings.Contains(name, "run2") {
				return backup.ErrEntry
			}
			return nil
		})
		m.end(t)
		if len(b.Names()) != 7 {
			t.Errorf("copied are %q", b.Names())
		}
	})
}

func TestUnreadableDirectoryDoesNotCountAsEmpty(t *testing.T) {
	t.Parallel()
	infos := []backup.Info{{Name: snapshot.HistoryDir("run") + "/"}, {Name: snapshot.Path("run"), Version: "1"}}
	place := backup.Listed(backuptest.NewFake("backup"), infos)
	if _, err := archive.New(place).Files(t.Context(), "run"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("list: %v", err)
	}
	if err := place.List(t.Context(), snapshot.EndedDir+"/", func(backup.Info) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestOpenCatalogRemovesTemporaryFilesInHistories(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.lead("run", backuptest.NewFake("backup"))
	temp := filepath.Join(s.State(), snapshot.HistoryDir("run"), durable.TempPrefix+"1")
	s.Check(os.WriteFile(temp, nil, 0o600))
	s.open()
	if _, err := os.Lstat(temp); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
