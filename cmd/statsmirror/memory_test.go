//go:build !race

// The race detector would take several times the memory.

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"statsmirror/mirror/snapshot"
)

// TestCommandsThatReadAllRowsTakeBoundedMemory has a snapshot of 40 kB with two million rows of
// None. Each command reads it in a process with at most 320 MiB of data. FORMAT.md allows that
// much: 64 MiB to read even the smallest file, and 256 MiB for its rows.
func TestCommandsThatReadAllRowsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	backup := filepath.Join(dir, "backup")
	writeNulls(t, filepath.Join(backup, snapshot.Path("run")), 2_000_000)
	for name, args := range map[string][]string{
		"show":    {"show", "run"},
		"json":    {"show", "run", "--json"},
		"all":     {"show", "run", "--all"},
		"verify":  {"verify", "run"},
		"export":  {"export", "run", "-o", filepath.Join(dir, "run.csv")},
		"parquet": {"export", "run", "--format", "parquet", "-o", filepath.Join(dir, "run.parquet")},
		"events":  {"export", "run", "--format", "tensorboard", "-o", filepath.Join(dir, "events") + "/"},
		"plot":    {"plot", "run", "-o", filepath.Join(dir, "run.svg")},
		"report":  {"report", "run", "-o", filepath.Join(dir, "report.html")},
		"restore": {"restore", "run", "--to", filepath.Join(dir, "stats")},
	} {
		t.Run(name, func(t *testing.T) {
			limited := append([]string{"-c", fmt.Sprintf(`ulimit -d %d && exec statsmirror "$@"`, 320<<10), "sh"}, args...)
			command := exec.Command("sh", append(limited, "--backup", backup)...)
			var problems bytes.Buffer
			command.Stderr = &problems
			if err := command.Run(); err != nil {
				t.Errorf("%v: %.600s", err, &problems)
			}
		})
	}
}

// writeNulls writes the snapshot of a run with a number of rows of nulls, then two of numbers.
func writeNulls(t *testing.T, name string, rows int64) {
	t.Helper()
	s := &snapshot.Snapshot{Run: "run", Generation: 1}
	for i := range rows {
		s.Training.Iteration.Append(i)
		s.Training.Loss.AppendNull()
		s.Training.Time.AppendNull()
	}
	s.Training.Iteration.Append(rows, rows+1) // the two rows of numbers
	s.Training.Loss.AppendValues([]float64{1, 2})
	s.Training.Time.AppendValues([]float64{1, 1})
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := snapshot.Write(f, s); err != nil {
		t.Fatal(err)
	}
}
