package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPictureOfTheREADMEIsDrawn compares the picture of an overwritten run with plot's output.
func TestPictureOfTheREADMEIsDrawn(t *testing.T) {
	t.Parallel()
	dir := exampleTree(t)
	for name, flag := range map[string]string{"overwritten.svg": "", "overwritten-dark.svg": " --dark"} {
		if out, err := shell(t, dir, "statsmirror plot cells --history --dataset 0 --backup backup -o "+name+flag).CombinedOutput(); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		drawn, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		path := "../../packaging/docs/pictures/" + name
		if *update {
			if err := os.WriteFile(path, drawn, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(kept), string(drawn)); diff != "" {
			t.Errorf("%s differs from plot's output: %s\nrun: go test ./cmd/statsmirror -run PictureOfTheREADME -update", path, diff)
		}
	}
}
