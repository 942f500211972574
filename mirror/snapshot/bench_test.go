package snapshot_test

import (
	"bytes"
	"io"
	"testing"

	"statsmirror/mirror/snapshot"
)

func benchmark(b *testing.B, operate func(s *snapshot.Snapshot, content []byte) error) {
	for name, s := range map[string]*snapshot.Snapshot{
		"training=1M": training(1_000_000), "training=10k": training(10_000), "training=100": training(100), "validations=1000x3x20x30": validations(1000, 3, 20, 30),
	} {
		b.Run(name, func(b *testing.B) {
			content := encode(b, s)
			b.ReportAllocs()
			for b.Loop() {
				if err := operate(s, content); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(content)), "file-bytes")
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	benchmark(b, func(s *snapshot.Snapshot, _ []byte) error { _, err := snapshot.Write(io.Discard, s); return err })
}

func BenchmarkRead(b *testing.B) {
	benchmark(b, func(_ *snapshot.Snapshot, content []byte) error {
		_, err := decode(content)
		return err
	})
}

func BenchmarkReadMeta(b *testing.B) {
	benchmark(b, func(_ *snapshot.Snapshot, content []byte) error {
		_, err := snapshot.ReadMeta(bytes.NewReader(content), int64(len(content)))
		return err
	})
}
