package format

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"statsmirror/store"
)

// bestScores are the extremes of one criterion on one dataset over all iterations and parameters.
// The criterion decides which of the two is the best.
type bestScores struct {
	dataset, criterion int // from 0
	lowest, highest    foundScore
}

// foundScore is a score and its first place.
type foundScore struct {
	score      float64
	iteration  int64
	parameters int // from 0
}

// findBest returns the extremes of all finite scores, by dataset and criterion.
func findBest(s store.ValidationScores) []bestScores {
	found := map[[2]int]*bestScores{}
	for row, iteration := range s.Iteration.All() {
		s.Scores.Visit(row, func(dataset, parameters, criterion, at int) {
			v := s.Scores.Values.At(at)
			if math.IsNaN(v) || math.IsInf(v, 0) || s.Scores.Values.IsNull(at) {
				return
			}
			here := foundScore{v, iteration, parameters}
			best := found[[2]int{dataset, criterion}]
			if best == nil {
				best = &bestScores{dataset, criterion, here, here}
				found[[2]int{dataset, criterion}] = best
			}
			if v < best.lowest.score {
				best.lowest = here
			}
			if v > best.highest.score {
				best.highest = here
			}
		})
	}
	var all []bestScores
	for _, best := range found {
		all = append(all, *best)
	}
	slices.SortFunc(all, func(a, b bestScores) int {
		return cmp.Or(cmp.Compare(a.dataset, b.dataset), cmp.Compare(a.criterion, b.criterion))
	})
	return all
}

// WriteBestScores writes the extremes of the scores as a table: the first ones, or all.
func WriteBestScores(w io.Writer, s store.ValidationScores, all bool) {
	best := findBest(s)
	if len(best) == 0 {
		return
	}
	shown := len(best) - lastRows(len(best), all)
	fmt.Fprint(w, "\nbest scores, each at its iteration and parameters; indices count from 0")
	if shown < len(best) {
		fmt.Fprintf(w, "; %d of %d shown (--all shows each)", shown, len(best))
	}
	fmt.Fprint(w, "\ndataset\tcriterion\tlowest\tat\tparameters\thighest\tat\tparameters\n")
	for _, b := range best[:shown] {
		fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%d\t%s\t%d\t%d\n", b.dataset, b.criterion,
			Brief(b.lowest.score), b.lowest.iteration, b.lowest.parameters,
			Brief(b.highest.score), b.highest.iteration, b.highest.parameters)
	}
}
