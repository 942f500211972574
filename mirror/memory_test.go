//go:build !race

// The race detector takes several times the memory.

package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"statsmirror/mirror/archive"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/mirror/replica"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// memoryOf names the variable with the directory of a site for a child process.
const memoryOf = "STATSMIRROR_TEST_MEMORY_OF"

// TestAdoptionTakesLittleMemory lists, verifies and adopts a backup in child processes. Its files
// hold far more rows than bytes. The catalog is empty, has the run already, or has a different run
// or less of it.
func TestAdoptionTakesLittleMemory(t *testing.T) {
	if site := os.Getenv(memoryOf); site != "" {
		adoptAlone(t, site)
		return
	}
	const rows = 1_200_000
	theirs := &snapshot.Snapshot{Run: "run", Generation: 1, Training: nulls(0, rows)}
	for name, ours := range map[string]*snapshot.Snapshot{
		"nothing":         nil,
		"the first rows":  {Run: "run", Generation: 1, Training: nulls(0, rows/20)},
		"the last rows":   {Run: "run", Generation: 1, Training: nulls(rows-rows/20, rows)},
		"another life":    {Run: "run", Generation: 1, Training: training(0, 100, 1)},
		"a later one too": {Run: "run", Generation: 2, Training: training(0, 100, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			size := s.place(s.backup(), theirs)
			if ours != nil {
				size += s.place(s.State(), ours)
			}
			wantLittle(t, "TestAdoptionTakesLittleMemory", memoryOf+"="+s.Dir, smallHeap+4*size)
		})
	}
}

// smallHeap is how many bytes of memory a child process may take apart from the data that it reads.
const smallHeap = 24 << 20

// wantLittle runs a test in a child process with a setting in its environment. It checks that the
// process took at most so many bytes of memory.
func wantLittle(t *testing.T, test, setting string, most int64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	child.Env = append(os.Environ(), setting)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	_, after, _ := strings.Cut(string(out), "took ")
	var took int64
	if _, err := fmt.Sscan(after, &took); err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	t.Logf("took %d KiB, limit %d", took>>10, most>>10)
	if took > most {
		t.Errorf("took %d bytes, limit %d", took, most)
	}
}

func (s *site) backup() string { return filepath.Join(s.Dir, "backup") }

// place writes the current snapshot of a run, and returns its size.
func (s *site) place(where string, rows *snapshot.Snapshot) int64 {
	s.T.Helper()
	name := filepath.Join(where, snapshot.Path(rows.Run))
	s.Check(os.MkdirAll(filepath.Dir(name), 0o755))
	f, err := os.Create(name)
	s.Check(err)
	defer f.Close()
	_, err = snapshot.Write(f, rows)
	s.Check(err)
	info, err := f.Stat()
	s.Check(err)
	return info.Size()
}

// nulls returns rows whose values are all null.
func nulls(from, to int64) (rows store.TrainingStats) {
	for i := from; i < to; i++ {
		rows.Iteration.Append(i)
		rows.Loss.AppendNull()
		rows.Time.AppendNull()
	}
	return rows
}

// adoptAlone adopts the backup of a site, and prints by how many bytes the process grew.
func adoptAlone(t *testing.T, site string) {
	debug.SetGCPercent(25) // so that little of the memory is garbage
	before := peak(t)
	const most = 1 << 30 // so that a fault does not take the host down
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: uint64(before) + most, Max: uint64(before) + most}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	b := dir.New(filepath.Join(site, "backup"))
	archive := archive.New(b)
	if runs, err := archive.Runs(ctx); err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	if _, err := archive.History(ctx, "run"); err != nil {
		t.Fatal(err)
	}
	if found := archive.Verify(ctx, "run"); len(found) > 0 {
		t.Fatal(found)
	}
	c, err := catalog.Open(filepath.Join(site, "state"))
	if err != nil {
		t.Fatal(err)
	}
	r := replica.New(b, c, func(string) {}, Options{Patience: time.Hour, Timeout: time.Hour, Log: zap.NewNop()}.replica(""))
	if err := errors.Join(r.Copy(ctx, "run"), r.Release(ctx)); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	fmt.Println("took", peak(t)-before)
}

// peak returns the most bytes that this process has had in memory.
func peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
