package main

import (
	"context"
	"fmt"
	"strings"

	"statsmirror/cmd/statsmirror/internal/term"
	"statsmirror/mirror/snapshot"
	"statsmirror/store"
)

// comparison says how a generation differs from the one before it.
type comparison struct {
	Previous              int64  `json:"previous,omitempty"`                // the kept generation before it
	TrainingDiffersFrom   *int64 `json:"training_differs_from,omitempty"`   // iteration; missing if they have the same rows
	ValidationDiffersFrom *int64 `json:"validation_differs_from,omitempty"` // also an iteration
	Story                 string `json:"story,omitempty"`                   // the same in words, and how it ended
}

// describe reads the rows of generations, in order, and compares each with the one before it.
// The last generation is the current one.
func describe(ctx context.Context, load loadFunc, generations []generationJSON) {
	var previous *snapshot.Snapshot
	for i := range generations {
		g := &generations[i]
		s, err := load(ctx, g.Run, g.Generation)
		if err != nil {
			g.Story = "cannot be compared: " + term.OneLine(err.Error())
			previous = nil
			continue
		}
		g.setLosses(snapshot.LossesOf(s.Training))
		g.compare(previous, s)
		previous = s
	}
}

// compare notes where the rows of a generation differ from those of the previous one,
// nil for none.
func (g *generationJSON) compare(previous, s *snapshot.Snapshot) {
	if previous != nil {
		g.Previous = previous.Generation
		g.TrainingDiffersFrom = differFrom(previous.Training, s.Training)
		g.ValidationDiffersFrom = differFrom(previous.Validation, s.Validation)
	}
	parts := []string{g.beginning(previous)}
	if !g.Current {
		parts = append(parts, fmt.Sprintf("overwritten at %d", g.TrainedUntil))
	}
	g.Story = strings.Join(parts, "; ")
}

func differFrom[R store.Rows[R]](a, b R) *int64 {
	iteration, differs := store.Differ(a, b)
	if !differs {
		return nil
	}
	return &iteration
}

// beginning says what a generation began from.
func (g *generationJSON) beginning(previous *snapshot.Snapshot) string {
	switch at := g.TrainingDiffersFrom; {
	case previous == nil && g.Generation == 1:
		return "the first"
	case previous == nil:
		return "the one before it is not there to compare"
	case at == nil && g.ValidationDiffersFrom == nil:
		return fmt.Sprintf("has the rows of generation %d", g.Previous)
	case at == nil:
		return fmt.Sprintf("trained as generation %d, validated differently from iteration %d on", g.Previous, *g.ValidationDiffersFrom)
	case previous.Training.Len() == 0:
		return fmt.Sprintf("generation %d has no training stats", g.Previous)
	case *at <= previous.Training.Iteration.At(0):
		return fmt.Sprintf("began anew, unlike generation %d from iteration %d on", g.Previous, *at)
	case *at >= g.TrainedUntil:
		return fmt.Sprintf("went back to iteration %d of generation %d", g.TrainedUntil, g.Previous)
	case *at >= previous.Training.TrainedUntil():
		return fmt.Sprintf("grew from generation %d at iteration %d", g.Previous, *at)
	default:
		return fmt.Sprintf("left generation %d at iteration %d", g.Previous, *at)
	}
}
