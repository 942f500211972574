package pickle

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkDecodeForm decodes files that CPython wrote, in each form and of several sizes. It needs
// Python and, for two forms, numpy.
func BenchmarkDecodeForm(b *testing.B) {
	for _, form := range []string{"plain", "objects", "numpy", "plain-0", "plain-2", "plain-3", "objects-2", "numpy-2", "scores"} {
		for _, rows := range []int{10_000, 100_000, 1_000_000} {
			layout := trainingLayout
			if form == "scores" {
				layout, rows = validationLayout, rows/500 // of 1800 numbers each
			}
			b.Run(fmt.Sprintf("form=%s/rows=%d", form, rows), func(b *testing.B) {
				benchmarkForm(b, layout, pickled(b, form, rows), rows)
			})
		}
	}
}

func benchmarkForm(b *testing.B, layout Layout, data []byte, rows int) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		t, err := NewDecoder(layout).Decode(bytes.NewReader(data))
		if err != nil || t.Rows != rows {
			b.Fatal(t.Rows, err)
		}
	}
}

// pickled returns rows that Python pickled, in a form of packaging/bench.
func pickled(b *testing.B, form string, rows int) []byte {
	b.Helper()
	file := filepath.Join(b.TempDir(), "pickle")
	python := "/usr/bin/python3" // the Python that Debian's numpy belongs to
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	makes := exec.CommandContext(b.Context(), python, "-B", "../../packaging/bench/files.py", file, form, fmt.Sprint(rows))
	if said, err := makes.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(said)), "\n")
		b.Skipf("write the pickle: %v: %s", err, lines[len(lines)-1])
	}
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return data
}
