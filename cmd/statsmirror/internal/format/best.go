package format

import (
	"fmt"
	"io"
	"math"
	"slices"

	"statsmirror/cmd/statsmirror/internal/criteria"
	"statsmirror/store"
)

// findBest returns the extremes of all finite scores, by dataset and criterion.
func findBest(s store.ValidationScores) []store.Extremes {
	return slices.DeleteFunc(s.Extremes(), func(e store.Extremes) bool { return math.IsNaN(e.Lowest.Score) })
}

// BestScore returns the best finite score of a criterion on a dataset, in a direction; ok is false
// without a score.
func BestScore(s store.ValidationScores, dataset, criterion int, direction string) (best store.Score, ok bool) {
	for _, b := range findBest(s) {
		if b.Dataset == dataset && b.Criterion == criterion {
			return end(b, direction), true
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
	if slices.ContainsFunc(best, func(b store.Extremes) bool { return names.Best(b.Criterion) == "" }) {
		fmt.Fprint(w, "\ndataset\tcriterion\tlowest\tat\tparameters\thighest\tat\tparameters\n")
		for _, b := range best {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", b.Dataset, directed(names, b.Criterion), cells(b.Lowest), cells(b.Highest))
		}
		return
	}
	fmt.Fprint(w, "\ndataset\tcriterion\tbest\tat\tparameters\n")
	for _, b := range best {
		fmt.Fprintf(w, "%d\t%s\t%s\n", b.Dataset, directed(names, b.Criterion), cells(end(b, names.Best(b.Criterion))))
	}
}

// end returns the best score in a direction.
func end(b store.Extremes, direction string) store.Score {
	if direction == criteria.Min {
		return b.Lowest
	}
	return b.Highest
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

// cells returns the cells of a score in a table.
func cells(s store.Score) string {
	return fmt.Sprintf("%s\t%d\t%d", Brief(s.Score), s.Iteration, s.Parameters)
}
