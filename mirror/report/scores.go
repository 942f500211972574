package report

import (
	"math"

	"statsmirror/store"
	"statsmirror/store/column"
)

// scoreSeries is the highest number of series of a generation.
const scoreSeries = 400

// Scores are the validation scores of a generation: for each dataset and criterion, the lowest and the
// highest over all post-processing parameters, because the criterion decides which is better.
type Scores struct {
	Together int      `json:"together"` // how many consecutive validations one point stands for; it shows the best of them
	X        Numbers  `json:"x"`        // iteration of the last validation of each point
	Series   []Series `json:"series"`
	LeftOut  int      `json:"left_out,omitempty"` // number of further series
}

// Series are the scores of one criterion on one dataset, without scores that are not finite.
type Series struct {
	Dataset   int     `json:"dataset"`           // from 0
	Criterion int     `json:"criterion"`         // place in the run's list of criteria, from 0
	Low       Numbers `json:"low"`               // for each X
	LowAt     Numbers `json:"low_at,omitempty"`  // its parameters, from 0; nil if there is only one choice of parameters
	High      Numbers `json:"high,omitempty"`    // nil if there is only one choice of parameters and each point is one validation
	HighAt    Numbers `json:"high_at,omitempty"` // its parameters
	Lowest    Score   `json:"lowest"`
	Highest   Score   `json:"highest"`
	Odd       int     `json:"odd,omitempty"` // number of scores that are NaN or infinite

	choices bool // there is more than one choice of parameters
}

// Score is a score and its first place; a missing score is NaN.
type Score struct {
	Score      Number `json:"score"`
	Iteration  int64  `json:"iteration"`
	Parameters int    `json:"parameters"` // from 0
}

// ScoresOf returns validation scores with about the given number of values at most; nil if there are
// none.
func ScoresOf(s store.ValidationScores, values int) *Scores {
	found := s.Extremes()
	if len(found) == 0 {
		return nil
	}
	scores := &Scores{LeftOut: max(len(found)-scoreSeries, 0)}
	found = found[:min(len(found), scoreSeries)]
	places := max(values/2/len(found), 1)
	scores.Together = (s.Len() + places - 1) / places
	at := map[[2]int]*Series{}
	for _, e := range found {
		scores.Series = append(scores.Series, Series{Dataset: e.Dataset, Criterion: e.Criterion, Lowest: scoreOf(e.Lowest), Highest: scoreOf(e.Highest), Odd: e.NotFinite})
	}
	for i, e := range found {
		at[[2]int{e.Dataset, e.Criterion}] = &scores.Series[i]
	}
	for row, iteration := range s.Iteration.All() {
		if row%scores.Together == 0 {
			scores.begin()
		}
		scores.X[len(scores.X)-1] = float64(iteration)
		s.Scores.Visit(row, func(dataset, parameters, criterion, place int) {
			if series := at[[2]int{dataset, criterion}]; series != nil && !s.Scores.Values.IsNull(place) {
				series.add(s.Scores.Values.At(place), parameters)
			}
		})
	}
	for i := range scores.Series {
		scores.Series[i].drop(scores.Together)
	}
	return scores
}

func scoreOf(s store.Score) Score { return Score{Number(s.Score), s.Iteration, s.Parameters} }

// begin adds a point to each series.
func (s *Scores) begin() {
	s.X = append(s.X, 0)
	for i := range s.Series {
		for _, n := range []*Numbers{&s.Series[i].Low, &s.Series[i].High, &s.Series[i].LowAt, &s.Series[i].HighAt} {
			*n = append(*n, math.NaN())
		}
	}
}

// add counts a score for the last point.
func (s *Series) add(score float64, parameters int) {
	s.choices = s.choices || parameters > 0
	if column.NotFinite(score) != "" {
		return
	}
	last := len(s.Low) - 1
	if !(score >= s.Low[last]) {
		s.Low[last], s.LowAt[last] = score, float64(parameters)
	}
	if !(score <= s.High[last]) {
		s.High[last], s.HighAt[last] = score, float64(parameters)
	}
}

// drop drops the numbers that tell nothing.
func (s *Series) drop(together int) {
	if s.choices {
		return
	}
	s.LowAt, s.HighAt = nil, nil
	if together == 1 {
		s.High = nil // is Low
	}
}
