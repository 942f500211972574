//go:build integration

package pickle

import (
	"math/rand/v2"
	"os/exec"
	"strconv"
	"testing"
)

// TestEncodeRandomRowsAsPython3Does compares with CPython, 3.8 to 3.13.
func TestEncodeRandomRowsAsPython3Does(t *testing.T) {
	t.Parallel()
	seed := strconv.FormatUint(rand.Uint64(), 10)
	t.Log("seed", seed)
	dir := t.TempDir()
	script := exec.CommandContext(t.Context(), "python3", "testdata/cpython.py", dir, seed, "150")
	if output, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, c := range readPythonCases(t, dir) {
		c.compare(t, dir)
	}
}
