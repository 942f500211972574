package main

import (
	"bytes"
	"testing"

	"statsmirror/mirror/snapshot"
)

// TestManyScoresAreShownOnAPage shows that the scores of a real run, of 3 datasets, 12
// parameters and 23 criteria, do not flood the terminal.
func TestManyScoresAreShownOnAPage(t *testing.T) {
	t.Parallel()
	const datasets, parameters, criteria = 3, 12, 23
	s := &snapshot.Snapshot{Run: "run", Generation: 1}
	for row := range 100 {
		s.Training.Iteration.Append(int64(row))
		s.Training.Loss.Append(1 / float64(row+3))
		s.Training.Time.Append(0.25)
		s.Validation.Iteration.Append(int64(row))
		s.Validation.Scores.BeginRow()
		for dataset := range datasets {
			s.Validation.Scores.BeginOuter()
			for parameter := range parameters {
				s.Validation.Scores.BeginMiddle()
				for criterion := range criteria {
					s.Validation.Scores.AppendValues([]float64{1 / float64(3+row+dataset*parameter*criterion)})
				}
			}
		}
	}
	var out bytes.Buffer
	if err := (showing{Snapshot: s}).writeText(&out, false); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(out.Bytes(), []byte("\n")); lines > 100 || out.Len() > 8<<10 {
		t.Errorf("%d lines of %d bytes:\n%s", lines, out.Len(), &out)
	}
	if !bytes.Contains(out.Bytes(), []byte("828 scores of 3 datasets (--all shows each)")) {
		t.Errorf("the output is:\n%s", &out)
	}
	out.Reset()
	if err := (showing{Snapshot: s}).writeText(&out, true); err != nil || out.Len() < 100*datasets*parameters*criteria {
		t.Errorf("with --all %d bytes, %v", out.Len(), err)
	}
}
