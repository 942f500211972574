//go:build integration

package store_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"statsmirror/store"
)

// A pythonPickle is a pickle that CPython wrote, with the rows that DaCapo reads from it.
type pythonPickle struct {
	Training bool
	Protocol int
	Python   bool // written by the pickler in Python, not the one in C
	Pickle   string
	Rows     [][]any
}

// refusals lists the reasons for which a pickle that Python reads may be refused.
var refusals = []string{"refers to an object of an earlier batch of rows, which is too large to be kept"}

// TestInspectReadsWhatPythonReads lets CPython write random pickles, with both picklers in all
// protocols, and inspects each. The rows must be those that DaCapo reads. It needs numpy.
func TestInspectReadsWhatPythonReads(t *testing.T) {
	t.Parallel()
	count := 20_000
	seed := rand.Uint64()
	if s := os.Getenv("STATSMIRROR_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("seed", seed)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	script := exec.CommandContext(ctx, "/usr/bin/python3", "testdata/pickles.py", fmt.Sprint(seed), fmt.Sprint(count))
	script.Stderr = os.Stderr
	output, err := script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	file := filepath.Join(t.TempDir(), "run")
	read, rows := 0, 0
	for ; read < count && !t.Failed(); read++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var p pythonPickle
		if err := json.Unmarshal(line, &p); err != nil {
			t.Fatal(err)
		}
		rows += len(p.Rows)
		p.compare(t, file)
	}
	if t.Failed() {
		cancel()
	}
	if err := script.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pickles of %d rows", read, rows)
}

// compare inspects the pickle, in a file.
func (p pythonPickle) compare(t *testing.T, file string) {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(p.Pickle)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	i, err := store.Inspect(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if i.Damage != nil && slices.ContainsFunc(refusals, func(reason string) bool { return strings.Contains(i.Damage.Error(), reason) }) {
		t.Logf("protocol %d, pickler in Python %v: %v", p.Protocol, p.Python, i.Damage)
		return
	}
	if i.Damage != nil {
		t.Errorf("protocol %d, pickler in Python %v: %v", p.Protocol, p.Python, i.Damage)
		return
	}
	if p.Training {
		if want := store.Normalise(trainingOf(t, p.Rows)); !equalTraining(want, i.Training) {
			t.Errorf("protocol %d: rows are\n%v, want\n%v", p.Protocol, i.Training, want)
		}
	} else if want := store.Normalise(validationOf(t, p.Rows)); i.Kind == store.Validation && !equalValidation(want, i.Validation) || i.Rows() != want.Len() {
		t.Errorf("protocol %d: rows are\n%v, want\n%v", p.Protocol, i.Validation, want)
	}
}
