package format

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/store"
)

// bestScores are the extremes of one criterion on one dataset over all iterations and parameters.
// The criterion decides which of the two is the best.
type bestScores struct {
	dataset, criterion int // from 0
	lowest, highest    FoundScore
}

// FoundScore is a score and its first place.
type FoundScore struct {
	Score      float64
	Iteration  int64
	Parameters int // from 0
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
			here := FoundScore{v, iteration, parameters}
			best := found[[2]int{dataset, criterion}]
			if best == nil {
				best = &bestScores{dataset, criterion, here, here}
				found[[2]int{dataset, criterion}] = best
			}
			if v < best.lowest.Score {
				best.lowest = here
			}
			if v > best.highest.Score {
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

// BestScore returns the best finite score of a criterion on a dataset, in a direction; ok is false
// without a score.
func BestScore(s store.ValidationScores, dataset, criterion int, direction string) (best FoundScore, ok bool) {
	for _, b := range findBest(s) {
		if b.dataset == dataset && b.criterion == criterion {
			return b.end(direction), true
		}
	}
	return best, false
}

// WriteBestScores writes the best scores as a table: the first ones, or all. If the direction of a
// criterion is not known, the table has both ends.
func WriteBestScores(w io.Writer, s store.ValidationScores, names criteria.List, all bool) {
	best := findBest(s)
	if len(best) == 0 {
		return
	}
	shown := len(best) - lastRows(len(best), all)
	fmt.Fprint(w, "\nbest scores, each at its iteration and parameters; indices count from 0")
	if shown < len(best) {
		fmt.Fprintf(w, "; %d of %d shown (--all shows each)", shown, len(best))
	}
	best = best[:shown]
	if slices.ContainsFunc(best, func(b bestScores) bool { return names.Best(b.criterion) == "" }) {
		fmt.Fprint(w, "\ndataset\tcriterion\tlowest\tat\tparameters\thighest\tat\tparameters\n")
		for _, b := range best {
			fmt.Fprintf(w, "%d\t%s\t%v\t%v\n", b.dataset, directed(names, b.criterion), b.lowest, b.highest)
		}
		return
	}
	fmt.Fprint(w, "\ndataset\tcriterion\tbest\tat\tparameters\n")
	for _, b := range best {
		fmt.Fprintf(w, "%d\t%s\t%v\n", b.dataset, directed(names, b.criterion), b.end(names.Best(b.criterion)))
	}
}

// end returns the best score in a direction.
func (b bestScores) end(direction string) FoundScore {
	if direction == criteria.Min {
		return b.lowest
	}
	return b.highest
}

// directed returns the label of a criterion, with its direction if that is known.
func directed(names criteria.List, criterion int) string {
	switch names.Best(criterion) {
	case criteria.Max:
		return names.Label(criterion) + " (highest)"
	case criteria.Min:
		return names.Label(criterion) + " (lowest)"
	}
	return names.Label(criterion)
}

// String returns the cells of a score in a table.
func (f FoundScore) String() string {
	return fmt.Sprintf("%s\t%d\t%d", Brief(f.Score), f.Iteration, f.Parameters)
}
