package store_test

import (
	"os"
	"testing"

	"statsmirror/store"
)

// BenchmarkReadTraining reads a settled file of a million rows, 37 MB: decoding
// and hashing it.
func BenchmarkReadTraining(b *testing.B) {
	tree := store.Tree{Dir: b.TempDir(), Quiet: 1}
	source := writeMillion(b, tree.Dir)
	b.SetBytes(source.Size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tree.ReadTraining(b.Context(), "run", nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteTraining writes the same rows durably.
func BenchmarkWriteTraining(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		b.SetBytes(writeMillion(b, dir).Size)
	}
}

func writeMillion(b *testing.B, dir string) store.Source {
	b.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	source, err := store.WriteTraining(root, "run", "", million())
	if err != nil {
		b.Fatal(err)
	}
	return source
}
