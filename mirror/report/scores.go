package report

import (
	"cmp"
	"math"
	"slices"

	"statsmirror/store"
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
	Criterion int     `json:"criterion"`         // key of Page.Criteria
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
	found := seriesOf(s)
	if len(found) == 0 {
		return nil
	}
	scores := &Scores{LeftOut: max(len(found)-scoreSeries, 0)}
	found = found[:min(len(found), scoreSeries)]
	places := max(values/2/len(found), 1)
	scores.Together = (s.Len() + places - 1) / places
	at := map[[2]int]*Series{}
	for _, key := range found {
		scores.Series = append(scores.Series, Series{Dataset: key[0], Criterion: key[1], Lowest: none(), Highest: none()})
	}
	for i := range scores.Series {
		at[found[i]] = &scores.Series[i]
	}
	for row, iteration := range s.Iteration.All() {
		if row%scores.Together == 0 {
			scores.begin()
		}
		scores.X[len(scores.X)-1] = float64(iteration)
		s.Scores.Visit(row, func(dataset, parameters, criterion, place int) {
			if series := at[[2]int{dataset, criterion}]; series != nil && !s.Scores.Values.IsNull(place) {
				series.add(Score{Number(s.Scores.Values.At(place)), iteration, parameters})
			}
		})
	}
	for i := range scores.Series {
		scores.Series[i].drop(scores.Together)
	}
	return scores
}

// seriesOf returns the datasets and criteria with scores, in order.
func seriesOf(s store.ValidationScores) [][2]int {
	seen := map[[2]int]bool{}
	var found [][2]int
	for row := range s.Len() {
		s.Scores.Visit(row, func(dataset, _, criterion, place int) {
			if key := [2]int{dataset, criterion}; !seen[key] && !s.Scores.Values.IsNull(place) {
				seen[key] = true
				found = append(found, key)
			}
		})
	}
	slices.SortFunc(found, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return found
}

func none() Score { return Score{Score: Number(math.NaN())} }

// begin adds a point to each series.
func (s *Scores) begin() {
	s.X = append(s.X, 0)
	for i := range s.Series {
		for _, n := range []*Numbers{&s.Series[i].Low, &s.Series[i].High, &s.Series[i].LowAt, &s.Series[i].HighAt} {
			*n = append(*n, math.NaN())
		}
	}
}

// add counts a score for the last point and for the whole series.
func (s *Series) add(found Score) {
	v := float64(found.Score)
	s.choices = s.choices || found.Parameters > 0
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.Odd++
		return
	}
	last := len(s.Low) - 1
	if !(v >= s.Low[last]) {
		s.Low[last], s.LowAt[last] = v, float64(found.Parameters)
	}
	if !(v <= s.High[last]) {
		s.High[last], s.HighAt[last] = v, float64(found.Parameters)
	}
	if !(v >= float64(s.Lowest.Score)) {
		s.Lowest = found
	}
	if !(v <= float64(s.Highest.Score)) {
		s.Highest = found
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
