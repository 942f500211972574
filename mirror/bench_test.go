package mirror

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
