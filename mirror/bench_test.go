package mirror

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"statsmirror/store"
)

// BenchmarkSync measures how long it takes from a settled source that has grown
// by 1000 rows to the durable snapshot, and reports how many times that is what
// a copy of the same source takes, with its fsync.
func BenchmarkSync(b *testing.B) {
	for _, rows := range []int64{10_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) { benchmarkSync(b, rows) })
	}
}

func benchmarkSync(b *testing.B, rows int64) {
	s := newSite(b)
	m := s.mirror(s.open())
	s.storeTraining("run", training(0, rows, 0))
	s.check(m.Sync(b.Context(), "run"))
	file := filepath.Join(s.stats(), string(store.Training), "run")
	var copying, committing time.Duration
	for b.Loop() {
		b.StopTimer()
		rows += 100
		s.storeTraining("run", training(0, rows, 0))
		began := time.Now()
		s.check(copyDurably(filepath.Join(s.dir, "copy"), file))
		copying += time.Since(began)
		b.StartTimer()
		began = time.Now()
		s.check(commit(b.Context(), m, "run"))
		committing += time.Since(began)
	}
	b.ReportMetric(float64(committing)/float64(copying), "times-copy")
	b.ReportMetric(copying.Seconds()*1e3/float64(b.N), "copy-ms/op")
}

// BenchmarkRestart measures how long it takes until it is known of all runs that none has
// changed since the catalog was open last, how many times that is what one pass of
// readdir and lstat over the tree takes, and how much memory the catalog has for a run.
func BenchmarkRestart(b *testing.B) {
	for _, runs := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(runs), func(b *testing.B) { benchmarkRestart(b, runs) })
	}
}

func benchmarkRestart(b *testing.B, runs int) {
	s := newSite(b)
	for i := range runs {
		s.storeTraining(fmt.Sprintf("run-%06d", i), training(0, 10, 0))
	}
	c, err := OpenCatalog(s.state())
	s.check(err)
	s.check(New(s.tree(), c, nil, Options{}).SyncAll(b.Context(), nil))
	s.check(c.Close())
	var passing, starting time.Duration
	var held uint64
	for b.Loop() {
		b.StopTimer()
		began := time.Now()
		s.pass(runs)
		passing += time.Since(began)
		before := heapInUse()
		b.StartTimer()
		began = time.Now()
		c, err := OpenCatalog(s.state())
		s.check(err)
		s.check(New(s.tree(), c, nil, Options{}).survey(b.Context(), func(run string) { b.Errorf("%s is due", run) }))
		starting += time.Since(began)
		b.StopTimer()
		held = heapInUse() - before
		s.check(c.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(starting)/float64(passing), "times-pass")
	b.ReportMetric(passing.Seconds()*1e3/float64(b.N), "pass-ms/op")
	b.ReportMetric(float64(held)/float64(runs), "B/run")
}

// pass looks at each file of the tree once.
func (s *site) pass(want int) {
	s.t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.stats(), string(store.Training)))
	s.check(err)
	files := 0
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files++
		}
	}
	if files != want {
		s.t.Fatalf("%d files", files)
	}
}

// heapInUse returns how many bytes are in use.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// commit is what Sync does up to the durable snapshot.
func commit(ctx context.Context, m *Mirror, run string) error {
	read, err := m.read(ctx, run)
	if err != nil {
		return err
	}
	return m.merge(run, read, nil)
}

func copyDurably(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(struct{ io.Writer }{out}, struct{ io.Reader }{in}); err != nil {
		return err
	}
	return out.Sync()
}
