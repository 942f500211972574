package archive

import (
	"fmt"

	"statsmirror/mirror/snapshot"
)

// story says why a generation with the rows of s began, and how it ended. previous is nil if there
// is no generation to compare it with.
func (g *Generation) story(previous, s *snapshot.Snapshot) string {
	beginning := "The first rows of the run."
	switch {
	case previous != nil:
		beginning = g.change(previous, s)
	case g.Meta.Generation > 1:
		beginning = "It is not known why it began, because the previous generation is not kept or cannot be read."
	}
	switch {
	case g.Current:
		return beginning
	case g.TrainedUntil == 0:
		return fmt.Sprintf("%s Overwritten when validated until %d.", beginning, g.ValidatedUntil)
	}
	return fmt.Sprintf("%s Overwritten when trained until %d.", beginning, g.TrainedUntil)
}

// change says how the rows of a generation contradict those of the previous one. The snapshots do
// not tell which program wrote them.
func (g *Generation) change(previous, s *snapshot.Snapshot) string {
	before, after := previous.Training.TrainedUntil(), s.Training.TrainedUntil()
	switch at := g.TrainingDiffersFrom; {
	case at == nil || *at >= before: // it has all training stats of the previous generation
	case *at <= previous.Training.Iteration.At(0) && after > 0:
		return fmt.Sprintf("The run started over: from iteration %d on it differs from generation %d.", *at, g.Previous)
	case *at >= after:
		return fmt.Sprintf("The run went back from iteration %d to %d. So far its rows are those of generation %d.", before-1, after-1, g.Previous)
	default:
		return fmt.Sprintf("From iteration %d on it differs from generation %d, which was trained until %d.", *at, g.Previous, before)
	}
	before, after = previous.Validation.ValidatedUntil(), s.Validation.ValidatedUntil()
	switch at := g.ValidationDiffersFrom; {
	case at == nil || *at >= before:
	case *at >= after:
		return fmt.Sprintf("The validation went back: generation %d was validated until %d, this one until %d.", g.Previous, before, after)
	default:
		return fmt.Sprintf("From iteration %d on its validation scores differ from generation %d, which was validated until %d.", *at, g.Previous, before)
	}
	return fmt.Sprintf("The run went back, and then had the rows of generation %d again.", g.Previous)
}
