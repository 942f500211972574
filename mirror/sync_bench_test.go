package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"statsmirror/mirror/backup"
	"statsmirror/mirror/backup/dir"
	"statsmirror/mirror/catalog"
	"statsmirror/store"
)

// BenchmarkSync measures the time from a settled source that has grown by 100 rows to the durable
// snapshot. It does so without and with a verified copy in a directory. It also reports the ratio
// to a plain copy of the same source, with its fsync and rename, and with the directory's fsync
// too.
func BenchmarkSync(b *testing.B) {
	for _, rows := range []int64{10_000, 100_000, 1_000_000} {
		for _, backups := range []int{0, 1} {
			b.Run(fmt.Sprintf("rows=%d/backups=%d", rows, backups), func(b *testing.B) { benchmarkSync(b, rows, backups) })
		}
	}
}

func benchmarkSync(b *testing.B, rows int64, backups int) {
	s := newSite(b)
	var places []backup.Backup
	for range backups {
		places = append(places, dir.New(filepath.Join(s.Dir, "backup")))
	}
	m := s.mirror(s.open(), places...)
	s.StoreTraining("run", training(0, rows, 0))
	s.Check(m.SyncAll(b.Context(), nil))
	file, to := filepath.Join(s.Stats(), string(store.Training), "run"), filepath.Join(s.Dir, "copy")
	var times [3][]time.Duration
	sides := []func() error{
		func() error { return commit(b.Context(), m, "run") },
		func() error { return copyDurably(to, file) },
		func() error { return errors.Join(copyDurably(to, file), syncDir(s.Dir)) },
	}
	for n := 0; b.Loop(); n++ {
		rows += 100
		s.StoreTraining("run", training(0, rows, 0))
		for i := range sides {
			side := (n + i) % len(sides)
			began := time.Now()
			s.Check(sides[side]())
			times[side] = append(times[side], time.Since(began))
		}
	}
	committing, copying, copyingDir := median(times[0]), median(times[1]), median(times[2])
	b.ReportMetric(0, "ns/op") // it would add up all three, and DaCapo's store
	b.ReportMetric(committing.Seconds()*1e3, "commit-ms")
	b.ReportMetric(copying.Seconds()*1e3, "copy-ms")
	b.ReportMetric(float64(committing)/float64(copying), "times-copy")
	b.ReportMetric(float64(committing)/float64(copyingDir), "times-copy-fsync-dir")
}

func median(d []time.Duration) time.Duration { return slices.Sorted(slices.Values(d))[len(d)/2] }

// commit does the part of Sync up to the durable snapshot, and the copies to backups.
func commit(ctx context.Context, m *Mirror, run string) error {
	read, err := m.read(ctx, run, m.catalog.State(run))
	defer read.Release()
	if err != nil {
		return err
	}
	if err := change(m.catalog, run, func(tx *catalog.Tx) error { return m.merge(tx, read, func() {}) }); err != nil {
		return err
	}
	for _, r := range m.replicas {
		err = errors.Join(err, r.Copy(ctx, run))
	}
	return err
}

func copyDurably(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to + ".tmp")
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(struct{ io.Writer }{out}, struct{ io.Reader }{in}); err != nil {
		return err
	}
	return errors.Join(out.Sync(), os.Rename(out.Name(), to))
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
