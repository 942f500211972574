//go:build integration

package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/cmd/statsmirror/internal/format"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
	"statsmirror/store/column"
)

// TestNotebooksReadExports runs the lines of usage.md that export, and the lines that read the
// exports.
func TestNotebooksReadExports(t *testing.T) {
	t.Parallel()
	usage := document(t, "../../packaging/docs/usage.md")
	program, dir := build(t.Context(), t), t.TempDir()
	sample, err := filepath.Abs("../../packaging/sample/stats")
	if err != nil {
		t.Fatal(err)
	}
	output(t, dir, program, "sync", "--stats", sample, "--state", "state", "--backup", "backup")
	for line := range strings.Lines(usage) {
		if strings.HasPrefix(line, "statsmirror export ") {
			command, _, _ := strings.Cut(line, "#")
			output(t, dir, program, strings.Fields(command)[1:]...)
		}
	}
	_, lines, _ := strings.Cut(usage, "<!-- notebook -->\n")
	lines, _, _ = strings.Cut(lines, "<!-- /notebook -->")
	ran := map[string]string{} // output of a line, by its first words
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "pd."):
			name, _, _ := strings.Cut(line, ",")
			ran[name] = output(t, dir, "/usr/bin/python3", "-c", "import pandas as pd\nprint(("+line+").to_dict())")
		case strings.HasPrefix(line, "pl."):
			ran["pl"] = output(t, dir, "node", notebook(t), "polars", line)
		case strings.HasPrefix(line, "SELECT"):
			ran["SELECT"] = output(t, dir, "node", notebook(t), "duckdb", line)
		}
	}
	for name, want := range map[string]string{
		`pd.read_csv("cells.csv"`:  "599: 0.10",
		`pd.read_csv("scores.csv"`: "'dims': ('iteration', 'dataset', 'criterion')",
		"pl":                       `[0,1.237719863559959]`,
		"SELECT":                   `,0.1002050352098063],`,
	} {
		if !strings.Contains(ran[name], want) {
			t.Errorf("%s gave %q, want %q in it", name, ran[name], want)
		}
	}
}

func notebook(t *testing.T) string {
	t.Helper()
	if os.Getenv("STATSMIRROR_NODE_MODULES") == "" {
		t.Fatal("STATSMIRROR_NODE_MODULES must name a node_modules directory with the packages that .ci/run installs")
	}
	script, err := filepath.Abs("testdata/notebook.mjs")
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func output(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	command.Dir = dir
	var complaints strings.Builder
	command.Stderr = &complaints
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, complaints.String())
	}
	return string(text)
}

// tbEvent is an event as testdata/notebook.mjs prints it.
type tbEvent struct {
	Wall    float64        `json:"wall"`
	Step    int64          `json:"step"`
	Version string         `json:"version"`
	Scalars map[string]any `json:"scalars"`
}

// TestRecordReaderReadsEvents reads event files with third-party programs that check every CRC.
func TestRecordReaderReadsEvents(t *testing.T) {
	t.Parallel()
	s := &snapshot.Snapshot{
		Training: store.TrainingStats{
			Iteration: column.BlocksOf[int64](0, 1, 300),
			Loss:      column.Floats{Values: column.BlocksOf(0.5, math.NaN(), 0), Null: column.BlocksOf(false, false, true)},
			Time:      column.Floats{Values: column.BlocksOf(2, math.Inf(1), 4)},
		},
		Validation: store.ValidationScores{Iteration: column.BlocksOf[int64](1, 1<<40)},
		Sources:    []store.Source{{Stamp: store.Stamp{ModTime: 1_000_000_000_000}}},
	}
	s.Validation.Scores.BeginRow()
	for dataset := range 2 {
		s.Validation.Scores.BeginOuter()
		s.Validation.Scores.BeginMiddle()
		s.Validation.Scores.AppendValues([]float64{float64(dataset), 0.25})
	}
	s.Validation.Scores.AppendNull()
	name := filepath.Join(t.TempDir(), format.TensorBoardFile)
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := format.WriteTensorBoard(file, store.LastWritten(s.Sources), s.Training, s.Validation, criteria.List{{Name: "dice"}}); err != nil {
		t.Fatal(err)
	}
	var events []tbEvent
	if err := json.Unmarshal([]byte(output(t, ".", "node", notebook(t), "events", name)), &events); err != nil {
		t.Fatal(err)
	}
	want := []tbEvent{
		{Wall: 994, Version: "brain.Event:2", Scalars: map[string]any{}},
		{Wall: 996, Step: 0, Scalars: map[string]any{"loss": 0.5, "time": 2.0}},
		{Wall: 996, Step: 1, Scalars: map[string]any{"loss": "NaN", "time": "Infinity"}},
		{Wall: 996, Step: 1, Scalars: map[string]any{"scores/0/0/dice": 0.0, "scores/0/0/1": 0.25, "scores/1/0/dice": 1.0, "scores/1/0/1": 0.25}},
		{Wall: 1000, Step: 300, Scalars: map[string]any{"time": 4.0}},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}

	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-5] ^= 1
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), "node", notebook(t), "events", name).Run(); err == nil {
		t.Error("a record with a wrong CRC was read")
	}
}
