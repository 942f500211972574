package mirror

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"statsmirror/mirror/catalog"
	"statsmirror/store"
)

// BenchmarkRestart measures how long a restart takes to learn that no run has changed since the
// catalog was last open. It also reports how many passes of readdir and lstat over the tree take
// that long. And it reports how much memory the catalog takes for a run.
func BenchmarkRestart(b *testing.B) {
	for _, runs := range []int{100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(runs), func(b *testing.B) { benchmarkRestart(b, runs) })
	}
}

func benchmarkRestart(b *testing.B, runs int) {
	s := newSite(b)
	for i := range runs {
		s.StoreTraining(fmt.Sprintf("run-%06d", i), training(0, 10, 0))
	}
	c, err := catalog.Open(s.State())
	s.Check(err)
	s.Check(New(s.Tree(), c, nil, Options{}).SyncAll(b.Context(), nil))
	s.Check(c.Close())
	var passing, starting time.Duration
	var held int64
	for b.Loop() {
		b.StopTimer()
		began := time.Now()
		s.pass(runs)
		passing += time.Since(began)
		before := heapInUse()
		b.StartTimer()
		began = time.Now()
		c, err := catalog.Open(s.State())
		s.Check(err)
		s.Check(New(s.Tree(), c, nil, Options{}).scan(b.Context(), func(run string) { b.Errorf("%s is due", run) }))
		starting += time.Since(began)
		b.StopTimer()
		held = heapInUse() - before
		s.Check(c.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(starting)/float64(passing), "times-pass")
	b.ReportMetric(passing.Seconds()*1e3/float64(b.N), "pass-ms/op")
	b.ReportMetric(float64(held)/float64(runs), "B/run")
}

// pass examines each file of the tree once.
func (s *site) pass(want int) {
	s.T.Helper()
	entries, err := os.ReadDir(filepath.Join(s.Stats(), string(store.Training)))
	s.Check(err)
	files := 0
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files++
		}
	}
	if files != want {
		s.T.Fatalf("%d files", files)
	}
}

// heapInUse returns how many bytes are in use. It does not count what a sync.Pool keeps for two
// collections.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
