package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of events into README.md")

// TestREADMEListsEveryEvent holds the table of events in README.md to the
// events in the code.
func TestREADMEListsEveryEvent(t *testing.T) {
	t.Parallel()
	const path, begin, end = "../../README.md", "<!-- events -->\n", "<!-- /events -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	listed, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the events", path)
	}
	all := events()
	var table strings.Builder
	table.WriteString("| event | meaning, and what to do |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&table, "| `%s` | %s |\n", name, all[name])
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table.String(), listed); diff != "" {
		t.Errorf("%s: %s\nrun: go test ./cmd/statsmirror -run README -update", path, diff)
	}
}
