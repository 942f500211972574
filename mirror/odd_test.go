package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/snapshot"
	"statsmirror/store/durable"
)

// TestOddEntryOfABackupHoldsUpItsRunAlone puts other things than files in the places of
// snapshots and histories, one run after the other: a backup that fails for two runs
// counts as one that is away.
func TestOddEntryOfABackupHoldsUpItsRunAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := filepath.Join(s.dir, "backup")
	at := func(name string) string { return filepath.Join(path, name) }
	s.check(os.MkdirAll(at(snapshot.CurrentDir), 0o755))
	s.check(os.MkdirAll(at(snapshot.EndedDir), 0o755))
	odd := []func() error{
		func() error { return os.Symlink(filepath.Join(s.dir, "outside"), at(snapshot.Path("run0"))) },
		func() error { return os.Mkdir(at(snapshot.Path("run1")), 0o755) },
		func() error { return syscall.Mkfifo(at(snapshot.Path("run2")), 0o600) },
		func() error { return os.Symlink("missing", at(snapshot.Path("run3"))) },
		func() error { return os.WriteFile(at(snapshot.HistoryDir("run4")), nil, 0o600) },
		func() error { return syscall.Mkfifo(at(snapshot.HistoryDir("run5")), 0o600) },
		func() error { return os.Symlink(s.dir, at(snapshot.HistoryDir("run6"))) },
	}
	const runs = 20
	for i := range runs {
		run := fmt.Sprint("run", i)
		s.storeTraining(run, training(0, 10, 0))
	}
	c := s.open()
	s.check(s.mirror(c).SyncAll(t.Context(), nil))
	for i := range runs { // which ends a generation
		s.storeTraining(fmt.Sprint("run", i), training(0, 5, 1))
	}
	for _, make := range odd {
		s.check(make())
	}
	for pass := range 2 {
		err := s.mirror(c, dir.New(path)).SyncAll(t.Context(), nil)
		if err == nil {
			t.Fatal("a pass with odd entries succeeds")
		}
		for i := range runs {
			run := fmt.Sprint("run", i)
			named := strings.Contains(err.Error(), fmt.Sprintf("%q", run))
			_, missing := NewArchive(dir.New(path)).Load(context.Background(), run, 0)
			if isOdd := i < len(odd); named != isOdd || (missing != nil) != isOdd {
				t.Errorf("pass %d: %s: is named: %v; %v", pass, run, named, missing)
			}
		}
	}
}

// TestUnreadableEntryOfABackupHoldsUpItsRunAlone covers what only users other than root meet.
func TestUnreadableEntryOfABackupHoldsUpItsRunAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := newFake("backup")
	b.fail = func(_, name string) error {
		if strings.Contains(name, "run3") || strings.Contains(name, "run4") {
			return fmt.Errorf("%w: %w", backup.ErrEntry, fs.ErrPermission)
		}
		return nil
	}
	for i := range 10 {
		s.storeTraining(fmt.Sprint("run", i), training(0, 10, 0))
	}
	err := s.mirror(s.open(), b).SyncAll(t.Context(), nil)
	if !errors.Is(err, fs.ErrPermission) || len(b.names()) != 8 {
		t.Errorf("%d runs are copied: %v", len(b.names()), err)
	}
}

func TestDirectoryThatMayNotBeReadIsNotTakenForEmpty(t *testing.T) {
	t.Parallel()
	infos := []backup.Info{{Name: snapshot.HistoryDir("run") + "/"}, {Name: snapshot.Path("run"), Version: "1"}}
	if infos, ok := newListing(infos).of("run"); ok {
		t.Errorf("the listing tells %v", infos)
	}
	place := backup.Listed(newFake("backup"), infos)
	if _, err := place.List(t.Context(), snapshot.HistoryDir("run")+"/"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("list: %v", err)
	}
	if _, err := place.List(t.Context(), snapshot.EndedDir+"/"); err != nil {
		t.Error(err)
	}
}

func TestOpenCatalogRemovesTemporaryFilesInHistories(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.lead("run", newFake("backup"))
	temp := filepath.Join(s.state(), snapshot.HistoryDir("run"), durable.TempPrefix+"1")
	s.check(os.WriteFile(temp, nil, 0o600))
	s.open()
	if _, err := os.Lstat(temp); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
