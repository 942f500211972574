package store

import (
	"cmp"
	"math"
	"slices"
)

// Extremes are the lowest and the highest finite score of one criterion on one dataset, over all
// iterations and parameters. The criterion decides which of the two is the best.
type Extremes struct {
	Dataset, Criterion int // from 0
	Lowest, Highest    Score
	NotFinite          int // number of scores that are NaN or infinite
}

// Score is a score and its first place. Without a finite score it is NaN.
type Score struct {
	Score      float64
	Iteration  int64
	Parameters int // from 0
}

// Extremes returns the extremes of all criteria with scores, by dataset and criterion.
func (s ValidationScores) Extremes() []Extremes {
	found := map[[2]int]*Extremes{}
	for row, iteration := range s.Iteration.All() {
		s.Scores.Visit(row, func(dataset, parameters, criterion, at int) {
			if s.Scores.Values.IsNull(at) {
				return
			}
			e := found[[2]int{dataset, criterion}]
			if e == nil {
				none := Score{Score: math.NaN()}
				e = &Extremes{Dataset: dataset, Criterion: criterion, Lowest: none, Highest: none}
				found[[2]int{dataset, criterion}] = e
			}
			e.add(Score{s.Scores.Values.At(at), iteration, parameters})
		})
	}
	var all []Extremes
	for _, e := range found {
		all = append(all, *e)
	}
	slices.SortFunc(all, func(a, b Extremes) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Criterion, b.Criterion))
	})
	return all
}

func (e *Extremes) add(s Score) {
	if math.IsNaN(s.Score) || math.IsInf(s.Score, 0) {
		e.NotFinite++
		return
	}
	if !(s.Score >= e.Lowest.Score) {
		e.Lowest = s
	}
	if !(s.Score <= e.Highest.Score) {
		e.Highest = s
	}
}
