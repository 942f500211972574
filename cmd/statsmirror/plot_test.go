package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"statsmirror/cmd/statsmirror/internal/exit"
	"statsmirror/mirror/snapshot"
)

// BenchmarkPlotOfAHundredRuns draws 100 runs of 10,000 rows, read from a catalog.
func BenchmarkPlotOfAHundredRuns(b *testing.B) {
	state := b.TempDir()
	if err := os.MkdirAll(filepath.Join(state, snapshot.CurrentDir), 0o700); err != nil {
		b.Fatal(err)
	}
	for n := range 100 {
		s := &snapshot.Snapshot{Run: fmt.Sprintf("run-%02d", n), Generation: 1}
		for i := range 10_000 {
			s.Training.Iteration.Append(int64(i))
			s.Training.Loss.Append(math.Exp(-float64(i)/3000) + float64(i*7919%101+n)/1000)
			s.Training.Time.Append(0.1)
		}
		f, err := os.Create(filepath.Join(state, snapshot.Path(s.Run)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := snapshot.Write(f, s); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for _, format := range []string{"svg", "png", "pdf"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				m := &Main{Stdout: b.Output(), Stderr: b.Output()}
				if status := m.Run(b.Context(), []string{"plot", "*", "run-07", "--state", state, "-o", filepath.Join(state, "all."+format)}); status != exit.Done {
					b.Fatalf("exit status %d", status)
				}
			}
		})
	}
}
