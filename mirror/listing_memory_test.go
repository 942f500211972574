//go:build !race

// The race detector would take several times the memory.

package mirror

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/backuptest"
	"statsmirror/mirror/replica"
)

// crowd is a place of very many files that cannot be opened.
type crowd struct {
	backup.Backup
	name  string // name of a file, with a number
	files int
}

func (c *crowd) List(_ context.Context, prefix string, do func(backup.Info) error) error {
	for i := range c.files {
		name := fmt.Sprintf(c.name, i)
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := do(backup.Info{Name: name, Version: fmt.Sprintf("%032x", i)}); err != nil {
			return err
		}
	}
	return nil
}

// entryBytes is the least number of bytes of a file in a listing: its name, its version, and their
// markup.
const entryBytes = 120

// crowds are files, and the number of runs they belong to. A listing of them may take smallHeap,
// plus four times their bytes for files of runs.
var crowds = map[string]struct {
	name        string
	files, runs int64
}{
	"names of others":        {"training/checkpoints/epoch-%07d.parquet", 400_000, 0},
	"names beside snapshots": {"snapshots/epoch-%07d.pt", 400_000, 0},
	"names below a history":  {"history/run/%07d/x.parquet", 400_000, 0},
	"names of runs":          {"snapshots/epoch-%07d.parquet", 40_000, 40_000},
	"histories":              {"history/epoch-%07d/00000001.parquet", 40_000, 40_000},
}

const crowdOf = "STATSMIRROR_TEST_CROWD_OF"

// TestListingTakesLittleMemory lists very many names in child processes. Names that no catalog has
// are not kept.
func TestListingTakesLittleMemory(t *testing.T) {
	if name := os.Getenv(crowdOf); name != "" {
		of := crowds[name]
		listAlone(t, &crowd{backuptest.NewFake("crowd"), of.name, int(of.files)}, int(of.runs))
		return
	}
	for what, of := range crowds {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			wantLittle(t, "TestListingTakesLittleMemory", crowdOf+"="+what, smallHeap+4*entryBytes*of.runs)
		})
	}
}

// listAlone lists a place in every possible way, and prints by how many bytes the process grew.
func listAlone(t *testing.T, place *crowd, runs int) {
	debug.SetGCPercent(25) // so that little of the memory is garbage
	before := peak(t)
	const most = 1 << 30 // so that a bug does not use up the memory of the host
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: uint64(before + most), Max: uint64(before + most)}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, list := range []func() (int, error){
		func() (int, error) { all, err := archive.New(place).Runs(ctx); return len(all), err },
		func() (int, error) {
			listed, err := archive.New(place).Listed(ctx)
			if err != nil {
				return 0, err
			}
			all, err := listed.Runs(ctx)
			return len(all), err
		},
		func() (int, error) {
			found, _ := archive.Find(ctx, []backup.Reader{place})
			if len(found) == 0 {
				return 0, nil
			}
			all, err := found[0].Archives[0].Runs(ctx)
			return len(all), err
		},
	} {
		if got, err := list(); err != nil || got != runs {
			t.Fatalf("listed %d runs, want %d: %v", got, runs, err)
		}
		debug.FreeOSMemory()
	}
	s := newSite(t)
	r := replica.New(place, s.open(), func(string) {}, Options{Patience: time.Hour, Timeout: time.Hour, Log: zap.NewNop()}.replica(""))
	if err := r.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	fmt.Println("took", peak(t)-before)
}
