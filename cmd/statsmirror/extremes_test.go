package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// extremeRuns has the rows of runs by name: losses at iterations. The losses also serve as
// validation scores.
var extremeRuns = map[string]struct {
	iterations []int64
	losses     []float64
}{
	"largest":         {[]int64{0, 1}, []float64{math.MaxFloat64, math.MaxFloat64}},
	"near-largest":    {[]int64{0, 1}, []float64{1.7e308, 1.69e308}},
	"both-ends":       {[]int64{0, 1, 2}, []float64{math.MaxFloat64, -math.MaxFloat64, 0}},
	"lowest":          {[]int64{0, 1}, []float64{-math.MaxFloat64, -math.MaxFloat64}},
	"smallest":        {[]int64{0, 1}, []float64{math.SmallestNonzeroFloat64, math.SmallestNonzeroFloat64}},
	"all-of-them":     {[]int64{0, 1, 2}, []float64{math.SmallestNonzeroFloat64, 1, math.MaxFloat64}},
	"zero":            {[]int64{0, 1}, []float64{0, math.Copysign(0, -1)}},
	"not-finite":      {[]int64{0, 1, 2}, []float64{math.NaN(), math.Inf(1), math.Inf(-1)}},
	"apart-by-little": {[]int64{0, 1}, []float64{1e16, 1e16 + 2}},
	"last-iteration":  {[]int64{store.MaxIteration - 1, store.MaxIteration}, []float64{1, 2}},
	"one-iteration":   {[]int64{store.MaxIteration}, []float64{1}},
	"every-iteration": {[]int64{math.MinInt64, -1, 0, store.MaxIteration}, []float64{1, 2, 3, 4}},
	"first-iteration": {[]int64{math.MinInt64, math.MinInt64 + 1}, []float64{1, 2}},
}

// extremeState returns a catalog of runs with the most extreme losses, scores and iterations, and
// with a source of the most extreme size and time.
func extremeState(t *testing.T) (state string) {
	t.Helper()
	state = t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "snapshots"), 0o700); err != nil {
		t.Fatal(err)
	}
	for run, rows := range extremeRuns {
		s := &snapshot.Snapshot{Run: run, Generation: 1, Sources: []store.Source{
			{Path: "training_stats/" + run, Stamp: store.Stamp{Size: math.MaxInt64, ModTime: math.MaxInt64}},
			{Path: "validation_scores/" + run, Stamp: store.Stamp{ModTime: math.MinInt64}},
		}}
		for i, iteration := range rows.iterations {
			s.Training.Iteration.Append(iteration)
			s.Training.Loss.Append(rows.losses[i])
			s.Training.Time.Append(rows.losses[i])
			s.Validation.Iteration.Append(iteration)
			s.Validation.Scores.BeginRow()
			s.Validation.Scores.BeginOuter()
			s.Validation.Scores.BeginMiddle()
			s.Validation.Scores.AppendValues([]float64{rows.losses[i]})
		}
		var content bytes.Buffer
		if _, err := snapshot.Write(&content, s); err != nil {
			t.Fatalf("%s: %v", run, err)
		}
		write(t, filepath.Join(state, snapshot.Path(run)), content.String())
	}
	return state
}

// TestExtremeNumbersAreShown runs every command that prints numbers. Each must end within seconds.
func TestExtremeNumbersAreShown(t *testing.T) {
	t.Parallel()
	state, out := extremeState(t), t.TempDir()
	var runs []string
	commands := [][]string{{"ls"}, {"ls", "--json"}, {"report", "-o", filepath.Join(out, "all.html")}}
	for run := range extremeRuns {
		runs = append(runs, run)
		commands = append(commands, []string{"show", run}, []string{"show", run, "--json"}, []string{"history", run}, []string{"plot", run},
			[]string{"plot", run, "--linear"}, []string{"plot", run, "--log"}, []string{"plot", run, "--smooth", "2"})
		for _, format := range []string{".svg", ".png", ".pdf"} {
			commands = append(commands, []string{"plot", run, "-o", filepath.Join(out, run+format)})
		}
	}
	commands = append(commands, append([]string{"plot"}, runs...))
	for _, args := range commands {
		text := doneWithin(t, 10*time.Second, append(args, "--state", state)...)
		if strings.Contains(text, "%!") || !slices.Contains(args, "first-iteration") && strings.Contains(text, "-9223372036854775807") {
			t.Errorf("%q prints a number wrongly:\n%s", args, text)
		}
	}
	pictures, err := filepath.Glob(filepath.Join(out, "*.svg"))
	if err != nil || len(pictures) != len(runs) {
		t.Fatalf("%d pictures, want %d (%v)", len(pictures), len(runs), err)
	}
	for _, name := range pictures {
		if picture, err := os.ReadFile(name); err != nil || bytes.Contains(picture, []byte("NaN,")) || bytes.Contains(picture, []byte("Inf,")) {
			t.Errorf("%s has coordinates that are not numbers (%v)", name, err)
		}
	}
}

// doneWithin runs a command line and returns its output.
func doneWithin(t *testing.T, patience time.Duration, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := commandIn(t, t.TempDir(), args...)
	var text bytes.Buffer
	command.Stdout, command.Stderr = &text, &text
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer context.AfterFunc(ctx, func() { _ = command.Process.Kill() })()
	if err := command.Wait(); err != nil {
		t.Errorf("%q: %v (%v)\n%s", args, err, ctx.Err(), &text)
	}
	return text.String()
}
